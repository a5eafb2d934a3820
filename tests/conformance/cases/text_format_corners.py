def show(make):
    try:
        print(repr(make()))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


numbers = [0.0, -0.0, 1.0, 2.5, 1e16, 1e-5, 123456.789, 856455846907431.2, 1e300, float("inf"), float("-inf"),
           float("nan"), 0, -5, 65, 1234567, 2**70, True, 1 + 2j, complex(0, -0.0)]
for spec in ["", "d", ".3", ".2f", "08.2f", ",", "_x", ",x", "#", "#x", "+e", " g", "z.1f", "c", "+c", "%", "*^12",
             "<020_.8", "=+10", "s", ",_", "q", "10.3n"]:
    for number in numbers:
        show(lambda: format(number, spec))
for spec in ["", ">5", "05", ".1", "-", " ", "=5", ",", "d", "z", "#", "é"]:
    show(lambda: format("añ", spec))
for form in ["%d", "%5.1f|", "%-5d|", "%#x", "%#010x", "%+.3d", "%c", "%r", "%a", "%5%", "%q", "%(k)s", "%", "%*d",
             "%s %s", "%.2e", "%o", "%i%%"]:
    for value in [5, -3.7, "é", {"k": 1}, [1], (1, 2), 2**70]:
        show(lambda: form % value)
for form in ["{}", "{0}{1}", "{}{0}", "{a}", "{0.real}", "{0[0]}", "{0[-1]}", "{0[x]}", "{!r:>8}", "{!q}", "{", "}", "{0",
             "{!}", "{0!r", "{:{}}", "{0[}", "{0.}", "{0[0]x}", "{:{:{}}}", "{{}}", "{0:>{w}}", "{-1}"]:
    for value in [7, "é", [1, 2]]:
        show(lambda: form.format(value, 8, a=1, w=6))
