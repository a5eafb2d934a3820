import os

import _front


class GetPassWarning(UserWarning):
    pass


def getpass(prompt="Password: ", stream=None):
    return _front.secret_line(prompt)


def getuser():
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        user = os.environ.get(name)
        if user:
            return user
    raise OSError("No username set in the environment")
