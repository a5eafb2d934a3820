"""gc: memory is given back at once; what holds what can be asked."""
import sys


def get_referents(*objs):
    """What these objects hold."""
    found = []
    for one in objs:
        if isinstance(one, dict):
            if not all([isinstance(key, str) for key in one]):
                found += one.keys()
            found += one.values()
        elif isinstance(one, (list, tuple, set, frozenset)):
            found += one
        elif hasattr(one, "__dict__"):
            found.append(one.__dict__)
    return found


def is_tracked(obj):
    return not isinstance(obj, (int, float, complex, str, bytes, bool, type(None)))


def get_objects(generation=None):
    """What can be reached from the modules."""
    seen, todo = {}, [module.__dict__ for module in list(sys.modules.values()) if hasattr(module, "__dict__")]
    while todo:
        one = todo.pop()
        if id(one) not in seen:
            seen[id(one)] = one
            todo += [held for held in get_referents(one) if is_tracked(held) and id(held) not in seen]
    return list(seen.values())


def get_referrers(*objs):
    """What holds one of these objects, as far as the modules lead there."""
    wanted = {id(one) for one in objs}
    return [one for one in get_objects() if any([id(held) in wanted for held in get_referents(one)])]


def get_stats():
    return [{"collections": 0, "collected": 0, "uncollectable": 0} for _ in range(3)]
