b = b'Hello, World \xff\x1c'
print(b.upper(), b.lower(), b.split(b', '), b.split(), b.strip(b'H'), b.replace(b'l', b'L'), b.find(b'W'), b.count(b'l'), b.count(108), b.index(b'o'), b.partition(b','), b.startswith(b'He'), b'a,b'.split(b','), b'ab'.zfill(4), b'ab'.center(6), b'x\ny'.splitlines(), b'abc'.isalpha(), b'12'.isdigit(), b'hello'.title(), b'ab'.removeprefix(b'a'), b.isascii(), b' a '.strip())
s = {1,2,3}; s.intersection_update([2,3,4]); print(s); s.symmetric_difference_update({3,9}); print(s, frozenset([1]).symmetric_difference([2]))
from collections import deque
d = deque([1,2]); d.insert(1, 5); print(d)
import json, string, csv, io, difflib, datetime, time, numbers
class E(json.JSONEncoder):
    def default(self, o):
        if isinstance(o, set): return sorted(o)
        return super().default(o)
print(json.dumps({'a': {3,1}}, cls=E), E().encode({1}))
print(string.hexdigits, string.capwords('hello big world'), string.Template('$a is ${b} $$5').substitute(a=1, b='x'), string.Template('$a $c').safe_substitute(a=1), repr(string.whitespace), string.printable)
f = io.StringIO(); w = csv.writer(f); w.writerow(['k', 'a,b', 1.5, None, 'q"x']); w.writerows([[1,2],['x\ny', '']]); print(repr(f.getvalue()))
f.seek(0); print(list(csv.reader(f)))
f = io.StringIO(); w = csv.DictWriter(f, ['a','b']); w.writeheader(); w.writerow({'a':1,'b':'z'}); print(repr(f.getvalue())); f.seek(0); print(list(csv.DictReader(f)))
print(difflib.get_close_matches('layer1.weigth', ['layer1.weight','layer2.weight','fc.bias','layer1.bias']), difflib.SequenceMatcher(None, 'abcd', 'bcde').ratio(), difflib.SequenceMatcher(None, 'qabxcd', 'abycdf').get_opcodes(), difflib.SequenceMatcher(a='private Thread currentThread;', b='private volatile Thread currentThread;').get_matching_blocks())
print('\n'.join(difflib.unified_diff(['a','b','c','d','e','f','g','h'], ['a','b','x','d','e','f','g','h','i'], 'old', 'new', lineterm='')))
D = datetime
t = D.datetime(2024, 2, 29, 13, 5, 9, 1234)
print(t, repr(t), t.isoformat(), t + D.timedelta(days=1, hours=12), t.strftime('%Y-%m-%d %H:%M:%S.%f %a %A %b %B %j %p %I %y %U %W %w %%'), t.date(), t.time(), t.weekday(), t.isoweekday(), t.timetuple().tm_yday)
print(D.datetime.fromisoformat('2024-01-02T03:04:05+02:00'), D.datetime.strptime('3 Jan 2021 04:05', '%d %b %Y %H:%M'), D.date(2020,1,1) - D.date(2019,1,1), D.timedelta(hours=30), repr(D.timedelta(days=-1, seconds=3)), D.timedelta(seconds=90).total_seconds(), D.timedelta(1) / 2, D.timedelta(1) > D.timedelta(0), str(D.timedelta(microseconds=5)), -D.timedelta(1))
print(t < D.datetime(2025,1,1), (D.datetime(2025,1,1) - t), D.datetime.fromtimestamp(0, D.timezone.utc), D.datetime(1970,1,2,tzinfo=D.timezone.utc).timestamp(), D.timezone(D.timedelta(hours=2)), f"{t:%H:%M}", D.date.fromisoformat('2024-05-06'), t.replace(year=2000), D.datetime(2024,1,1,tzinfo=D.timezone.utc).isoformat(), {t: 1}[t])
print(D.datetime.now() > t, D.date.today() >= D.date(2024,1,1), time.strftime('%Y', time.gmtime(0)), time.gmtime(86400*365)[:6], time.mktime(time.localtime(1e9)), time.asctime(time.gmtime(0)), time.strftime('%c', time.gmtime(1e9)))
print(isinstance(1, numbers.Number), isinstance(1.5, numbers.Integral), isinstance(True, numbers.Integral), isinstance('a', numbers.Number), isinstance(1.5, numbers.Real))
import numpy as np
print(isinstance(np.float64(1), float), isinstance(np.float32(1), float), isinstance(np.float32(1), numbers.Number), isinstance(np.int64(1), numbers.Integral))
