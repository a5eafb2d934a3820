"""Scalars of numpy are scalars everywhere: arithmetic, comparisons, texts, hashes, as arguments of tensors."""
import copy, json, math, numbers, operator, pickle, warnings
import numpy as np
import torch

t16 = torch.tensor([1.0, 2.0], dtype=torch.float16)
t32 = torch.tensor([1.0, 2.0])
ti = torch.tensor([1, 2])
tu = torch.tensor([1, 2], dtype=torch.uint8)
tb = torch.tensor([True, False])


def show(text):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            shown = repr(eval(text))
        except Exception as error:
            shown = f"{type(error).__name__}: {str(error).splitlines()[0]}"
    print(text, "->", shown, *[f"[{one.category.__name__}: {one.message}]" for one in said])


for text in """
float(np.array([1.5]))
int(np.array([[2]]))
[1,2][np.True_]
np.bool_.__name__
type(np.True_)
np.float64.__mro__
np.int64.__mro__
np.bool_.__mro__
np.complex128.__mro__
np.uint8(300)
np.uint8(200)+np.uint8(100)
np.uint8(200)+100
np.uint8(200)+300
np.float32(0.1)==0.1
np.int64(3)*[1,2]
[1]*np.int64(2)
np.float32(2)*[1,2]
np.True_+np.True_
np.True_-np.True_
np.int64(7)//0
np.int64(7)%np.int64(0)
np.float64(1)/0
np.float32(1e38)*np.float32(10)
round(np.float32(1.256),2)
round(np.float64(2.5))
round(np.float64(2.567),1)
hash(np.float32(0.5)),hash(np.int64(5))
np.int32(5)/2
np.float16(1)/3
np.int64(2)**-1
np.int64(2)**np.int64(62)
np.uint64(2**63)+1
np.uint64(5)-np.int64(2)
np.int8(-128)*-1
abs(np.int8(-128))
-np.uint8(1)
~np.uint8(1)
~np.True_
np.float32(3).is_integer()
np.float32(1.5).as_integer_ratio()
divmod(np.int64(7),3)
divmod(7,np.int64(3))
np.float32(7)//2
np.float32(-7)%3
np.int64(1)<<3
1<<np.int64(3)
np.array(5)
np.array(5)+1
type(np.array(5)+1)
np.array([1,2])[0]
np.array([1,2])[np.array(0)]
np.array(5)[()]
np.array(5)[...]
f'{np.float32(1.5):.3f} {np.int64(3):05d} {np.float32(0.1)}'
'%d %.2f %s'%(np.int64(3),np.float32(0.5),np.float32(0.1))
str(np.float32(1e8))
np.float32(1e16)
np.float32(1e-5)
np.float16(0.1)
np.complex64(1+2j)
np.complex128(1-2j)
np.float64('nan')
np.float32('inf')
-np.inf
np.float64(-0.0)
np.uint64(2**64-1)
isinstance(np.float32(1),np.floating),isinstance(np.float64(1),float),isinstance(np.int64(1),int),isinstance(np.float32(1),np.ndarray)
np.issubdtype(np.float32,np.floating)
max(np.array([3,1,2]))
sorted(np.array([3,1,2]))
sum(np.array([3,1,2]))
{np.int64(1):2}[1]
{1:2}[np.int64(1)]
np.float64(1)==None
np.float32(1).dtype
np.float32(1).shape
np.bool_(1)
np.bool(0)
np.float32([1,2])
np.int64('12')
np.float32('1.5')
np.int64(2.7)
1.5+np.float32(2)
1+np.float32(2)
np.float32(2)+np.int64(1)
np.int8(1)+np.float16(1)
np.complex64(1)+1.0
np.float32(2)**2
np.float32(2)**0.5
2**np.float32(0.5)
np.True_ & False
True & np.True_
np.True_ and 5
not np.True_
np.True_==True
np.True_ is np.bool_(1)
np.int64(3)&1
np.float32(1)&1
len(np.float32(1))
np.float32(1)[0]
iter(np.float32(1))
range(np.int64(3))
'abc'[np.int64(1)]
'ab'*np.int64(2)
[10,20][np.float32(1)]
np.finfo(np.float32).eps
np.iinfo(np.int8).max
np.float32(3.7).astype(int)
np.float32(3.7).item()
np.int64(5).bit_count()
np.float64(3.0).hex()
complex(np.float32(2))
np.float32(2).real
np.complex64(1+2j).imag
abs(np.complex64(3+4j))
np.complex64(3+4j)*np.complex64(1j)
np.generic
np.number.__mro__
np.sum([1,2])
np.mean([1,2])
np.sum(np.array([1,2],dtype=np.uint8))
np.array([1,2],dtype=np.int32).sum()
np.max(np.array([1.,2.],dtype=np.float32))
np.any([True,False])
not np.any([0])
np.isnan(1.0)
np.argmax([1,3,2])
np.std([1,2])
np.float64(5).sum()
np.float64(5).max()
np.int64(5).reshape(1)
np.float64(1.5).tobytes()
np.prod([2,3])
np.dot([1,2],[3,4])
np.linalg.norm([3.,4.])
np.median([1,2,3])
np.ceil(1.5)
np.sqrt(4)
np.float32(5)>3
np.float64(5)>np.array([3,6])
np.array([1,2])>np.float32(1)
np.array([1,2],dtype=np.float32)*np.float64(2)
np.array([1,2],dtype=np.float32)*2.0
np.array([1,2],dtype=np.uint8)+np.int64(300)
np.array([1,2],dtype=np.uint8)+300
np.array([1,2],dtype=np.uint8)==300
np.array([1,2])/2
np.array([True,False])+True
np.array([1,2],dtype=np.int8)/2
np.array([1,2],dtype=np.float16)*np.int16(1)
np.array([1,2])==None
np.array([1,2])=='a'
t32.clamp(np.float32(1.5))
t32[np.int64(1)]
torch.full((2,),np.float32(3))
torch.zeros(np.int64(2))
t32.view(np.int64(2),1)
torch.tensor(np.float32(1.5))
torch.tensor([np.float32(1.5),2.0])
torch.tensor(np.float64(1.5))
torch.as_tensor(np.int64(3))
t32.mul_(np.float64(1))
torch.tensor(np.bool_(True))
torch.where(t32>1,np.float32(1),t32)
t32.fill_(np.int64(3))
float(np.float32(1.5))+int(np.int64(2))
torch.arange(np.int64(3))
json.dumps([np.float64(1.5)])
json.dumps(np.float32(1.5))
json.dumps(np.bool_(1))
json.dumps({np.float64(1):2})
json.dumps({"a":np.int64(1)})
math.sqrt(np.float32(4))
math.floor(np.float32(4.5))
copy.deepcopy(np.float32(4))
pickle.loads(pickle.dumps(np.float32(4)))
pickle.loads(pickle.dumps({"a":np.float64(4),"b":np.bool_(1),"c":np.int64(3)}))
isinstance(np.float64(1),numbers.Real)
isinstance(np.int64(1),numbers.Integral)
isinstance(np.float32(1),numbers.Number)
isinstance(np.int64(1),np.integer) and not isinstance(np.int64(1),np.floating)
[1,2,3][np.int64(1):]
"%d" % np.int64(3)
"%5.1f" % np.float32(3)
"{:>8}".format(np.int64(3))
"{:.2%}".format(np.float32(.5))
bin(np.int64(5))+hex(np.uint8(255))
{np.float32(0.5):1}[0.5]
set([np.int64(1),1,1.0])
list(range(10))[np.int64(2):np.int64(4)]
np.float64(3).is_integer()
sum([np.float32(1),np.float32(2)])
max(np.float32(1),2)
min([np.int64(4),np.int64(2)])
sorted([np.float32(3),1,np.int64(2)])
any([np.bool_(0),np.bool_(1)])
bool(np.float32(0))
pow(np.int64(2),3)
str(np.int64(3))+repr(np.float32(.1))+str(np.float32(.1))
f"{np.float64(1.5)} {np.float64(1.5)!r} {np.bool_(1)}"
np.float32
type(np.arange(3))
np.arange(3).dtype.type
np.dtype(np.bool_).type
torch.tensor(2.0).item()+np.float32(1)
torch.tensor(2.0).numpy()
torch.tensor(2.0).numpy()+1
np.sum(t32.numpy())
t32.numpy().mean()
torch.allclose(t32, t32*np.float32(1))
t32.sum()/np.int64(3)
torch.Size([np.int64(2),3])
torch.nn.Linear(np.int64(2),3).weight.shape
t32.to(np.float32)
torch.randn(2,np.int64(3)).shape
np.array(2.0) * t32
[*np.arange(3)]
dict(zip(np.arange(2),"ab"))
np.float32(1.5).__class__.__name__
operator.index(np.int64(3))
np.int64(3).to_bytes(8,"little")
divmod(np.float32(7),2)
np.float32(1)/np.float32(3)
np.float32(1)*3.3
np.int64(10)//4*1.0
np.isclose(np.float32(1),1.0)
np.where(np.array([1,2])>1)[0][0]
""".strip().splitlines():
    show(text)

for tensor in ("t16", "t32", "ti", "tu", "tb"):
    for scalar in ("np.float64(2)", "np.float32(2)", "np.int64(2)", "np.uint8(2)", "np.bool_(True)"):
        for sign in ("+", "*", "/", "**", "==", "<", "//"):
            show(f"{tensor} {sign} {scalar}")
            show(f"{scalar} {sign} {tensor}")
