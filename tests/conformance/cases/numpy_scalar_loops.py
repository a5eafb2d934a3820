"""Scalars of numpy in loops and operators, beside numbers of Python."""
import numpy as np
a=np.array([1,2,3],dtype=np.uint8)
print(a[0]+a[1], a[0]-a[1], a[2]*100, 5-a[0], a[0]<2, 2>a[0], a[0]==1.0, a[0]!=True, type(a[0]+1), type(a[0]+1.5), a[0]/2, -a[0])
x=np.float32(1.5); y=np.float64(2)
print(x+y, type(x+y), x*2, type(x*2), 2**x, x//0.4, divmod(x,0.4), y in [2], [1,2].index(y), max(a), min(a), sum(a), sorted(a)[::-1])
print(bool(np.float64(0)), bool(np.int8(3)), not np.bool_(False), [k for k in a if k>1], a[-1], a[np.int64(1)])
try: a[5]
except IndexError as e: print(e)
b=np.arange(6).reshape(2,3)[:, ::2]
print([list(r) for r in b], b[1,-1], b[1][0], list(b[0]), sum(b[1]))
c=np.arange(5.)
for i,v in enumerate(c):
    if i<4: c[i+1]=v+10
print(c, c[::-1][0], list(c[::2]))
print(np.bool_(True)+np.bool_(True), np.bool_(True) & True, True & np.bool_(False), 1.5+np.int32(2), type(1.5+np.int32(2)), type(np.int32(2)+np.int64(3)))
try: np.bool_(True)-np.bool_(True)
except TypeError as e: print(str(e)[:40])
try: np.uint8(3)+300
except OverflowError as e: print(e)
print(np.float64(3)==3, np.float64(3)=="a", np.int64(3)!=None, np.int64(3)<np.float32(3.5), complex(np.complex64(1+2j))*2, np.complex128(1j)*2)
