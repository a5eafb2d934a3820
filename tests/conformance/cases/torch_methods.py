import numpy as np
import torch

torch.manual_seed(0)


def show(text, compute):
    try:
        result = compute()
        print(text, "->", repr(result), type(result).__name__)
    except Exception as error:
        print(text, "->", type(error).__name__, error)


T=torch.tensor
def g(f):
    w=torch.tensor([1.,2.,3.],requires_grad=True)
    r=f(w); r.backward(); return w.grad
def nog():
    with torch.no_grad():
        return (torch.ones(1,requires_grad=True)*2).requires_grad, torch.is_grad_enabled()
def eg():
    with torch.no_grad():
        with torch.enable_grad():
            return torch.is_grad_enabled()
def sge(m):
    with torch.set_grad_enabled(m): r=torch.is_grad_enabled()
    return r, torch.is_grad_enabled()
def im():
    with torch.inference_mode(): return torch.is_grad_enabled()
def twice():
    w=torch.ones(2,requires_grad=True); l=(w*w).sum(); l.backward(); l.backward()
def retain():
    w=torch.ones(2,requires_grad=True); l=(w*w).sum(); l.backward(retain_graph=True); l.backward(); return w.grad
def gradgrad():
    w=torch.ones(2,requires_grad=True); l=(w**3).sum(); (d,)=torch.autograd.grad(l,w,create_graph=True); d.sum().backward(); return d, w.grad
def inplace():
    w=torch.ones(2,requires_grad=True); w+=1
def inplace2():
    w=torch.ones(2,requires_grad=True); w[0]=1
def inplace3():
    w=torch.ones(2,requires_grad=True); y=w*w; 
    with torch.no_grad(): w.add_(1)
    y.sum().backward()
def nograd_inplace():
    w=torch.ones(2,requires_grad=True)
    with torch.no_grad():
        w.mul_(2); w-=0.5
    return w
def outs():
    o=torch.empty(2); r=torch.add(torch.ones(2),1,out=o); return r is o, o
def dev():
    with torch.device('meta'):
        return torch.zeros(2), torch.tensor([1])
def dd():
    torch.set_default_dtype(torch.float64)
    try: return torch.tensor([1.5]), torch.zeros(1), torch.tensor([1.5],dtype=torch.float32)
    finally: torch.set_default_dtype(torch.float32)
def hook():
    w=torch.ones(2,requires_grad=True); h=w.register_hook(lambda g:g*2); (w*3).sum().backward(); return w.grad
x=torch.arange(6.).view(2,3)
def rng():
    s=torch.get_rng_state(); a=torch.rand(2); torch.set_rng_state(s); return torch.equal(a,torch.rand(2))
def dst(f):
    y=x.clone(); r=f(y); return y, r is y

show('x.numpy()', lambda: (x.numpy()))
show('x.item()', lambda: (x.item()))
show('T(3).item(), T(3.5).item(), T(True).item(), T(1j).item()', lambda: (T(3).item(), T(3.5).item(), T(True).item(), T(1j).item()))
show('x.to_sparse().to_dense().equal(x)', lambda: (x.to_sparse().to_dense().equal(x)))
show('x.to_sparse().indices()', lambda: (x.to_sparse().indices()))
show('x.sum().item()', lambda: (x.sum().item()))
show('x.max(1).values', lambda: (x.max(1).values))
show('x.max(1)[0]', lambda: (x.max(1)[0]))
show('tuple(x.max(1))', lambda: (tuple(x.max(1))))
show('x.sort(descending=True)', lambda: (x.sort(descending=True)))
show('x.topk(2).indices', lambda: (x.topk(2).indices))
show('list(x)', lambda: (list(x)))
show('[r.sum().item() for r in x]', lambda: ([r.sum().item() for r in x]))
show('sum(x)', lambda: (sum(x)))
show('max(T([1,3,2]))', lambda: (max(T([1,3,2]))))
show('min(T([1,3,2]))', lambda: (min(T([1,3,2]))))
show('sorted(T([3,1,2]))', lambda: (sorted(T([3,1,2]))))
show('any(T([0,1]))', lambda: (any(T([0,1]))))
show('list(zip(T([1,2]),T([3,4])))', lambda: (list(zip(T([1,2]),T([3,4])))))
show('list(enumerate(T([5])))', lambda: (list(enumerate(T([5])))))
show('len(x)', lambda: (len(x)))
show('list(reversed([1]))', lambda: (list(reversed([1]))))
show('2 in T([1,2])', lambda: (2 in T([1,2])))
show('T([1,2]) in [T([1,2])]', lambda: (T([1,2]) in [T([1,2])]))
show('T(1)==1, T(1)==T(1.0)', lambda: (T(1)==1, T(1)==T(1.0)))
show('T([1,2])==T([1,2,3])', lambda: (T([1,2])==T([1,2,3])))
show('T([1,2]).eq(1)', lambda: (T([1,2]).eq(1)))
show('(T([1,2])>1).any()', lambda: ((T([1,2])>1).any()))
show('bool(T([1])), bool(T(0.))', lambda: (bool(T([1])), bool(T(0.))))
show('not T([0])', lambda: (not T([0])))
show('T(1) and 5', lambda: (T(1) and 5))
show('T([1,2]) or 3', lambda: (T([1,2]) or 3))
show('int(T(3.7)), float(T(2)), int(T([5]))', lambda: (int(T(3.7)), float(T(2)), int(T([5]))))
show('round(T(2.5).item())', lambda: (round(T(2.5).item())))
show('T(2.5).__round__', lambda: (T(2.5).__round__))
show('range(T(3))', lambda: (range(T(3))))
show('"%d %s"%(T(1),T(2))', lambda: ("%d %s"%(T(1),T(2))))
show('"{:d}".format(T(3))', lambda: ("{:d}".format(T(3))))
show('"{:.2f}".format(T(3))', lambda: ("{:.2f}".format(T(3))))
show('"{:5}".format(T(3))', lambda: ("{:5}".format(T(3))))
show('"{}".format(T([1.5]))', lambda: ("{}".format(T([1.5]))))
show('f"{T([1,2])!r}"', lambda: (f"{T([1,2])!r}"))
show('str(T(1)), repr(T(1))', lambda: (str(T(1)), repr(T(1))))
show('T(5)//2, T(5)%2, T(5)/2, T(5)**2, -T(5), abs(T(-5)), ~T(5)', lambda: (T(5)//2, T(5)%2, T(5)/2, T(5)**2, -T(5), abs(T(-5)), ~T(5)))
show('5//T(2), 5%T(2), 5/T(2), 5**T(2), 5-T(2)', lambda: (5//T(2), 5%T(2), 5/T(2), 5**T(2), 5-T(2)))
show('T(5.)//2, T(-5)//2, T(-5.)%3', lambda: (T(5.)//2, T(-5)//2, T(-5.)%3))
show('T([1,2])&T([3,1]), T([1,2])|1, T([1,2])^1, T(1)<<2, T(8)>>1', lambda: (T([1,2])&T([3,1]), T([1,2])|1, T([1,2])^1, T(1)<<2, T(8)>>1))
show('T(True)&T(False)', lambda: (T(True)&T(False)))
show('torch.ones(2)@torch.ones(2)', lambda: (torch.ones(2)@torch.ones(2)))
show('torch.ones(2)@torch.ones(3)', lambda: (torch.ones(2)@torch.ones(3)))
show('torch.ones(2,3)@torch.ones(2,3)', lambda: (torch.ones(2,3)@torch.ones(2,3)))
show('torch.mm(torch.ones(2,3),torch.ones(2,3))', lambda: (torch.mm(torch.ones(2,3),torch.ones(2,3))))
show('torch.bmm(torch.ones(2,3),torch.ones(2,3))', lambda: (torch.bmm(torch.ones(2,3),torch.ones(2,3))))
show('torch.cat([torch.ones(2,3),torch.ones(3,2)])', lambda: (torch.cat([torch.ones(2,3),torch.ones(3,2)])))
show('torch.cat([])', lambda: (torch.cat([])))
show('torch.stack([])', lambda: (torch.stack([])))
show('torch.stack([torch.ones(2),torch.ones(3)])', lambda: (torch.stack([torch.ones(2),torch.ones(3)])))
show('torch.cat([torch.ones(1,2),torch.zeros(1,2)],dim=1)', lambda: (torch.cat([torch.ones(1,2),torch.zeros(1,2)],dim=1)))
show('torch.cat(tensors=[torch.ones(1)],dim=0)', lambda: (torch.cat(tensors=[torch.ones(1)],dim=0)))
show('torch.arange()', lambda: (torch.arange()))
show('torch.arange(1,2,3,4)', lambda: (torch.arange(1,2,3,4)))
show('torch.zeros()', lambda: (torch.zeros()))
show('torch.zeros(2,3,dtype=torch.int,device="cpu",requires_grad=False)', lambda: (torch.zeros(2,3,dtype=torch.int,device="cpu",requires_grad=False)))
show('torch.zeros(2,requires_grad=True)', lambda: (torch.zeros(2,requires_grad=True)))
show('torch.zeros(2,dtype=torch.int,requires_grad=True)', lambda: (torch.zeros(2,dtype=torch.int,requires_grad=True)))
show('torch.zeros(size=(2,))', lambda: (torch.zeros(size=(2,))))
show('torch.zeros([2,3])', lambda: (torch.zeros([2,3])))
show('torch.zeros(-1)', lambda: (torch.zeros(-1)))
show('torch.ones_like(x,dtype=torch.int)', lambda: (torch.ones_like(x,dtype=torch.int)))
show('torch.full((2,2),True)', lambda: (torch.full((2,2),True)))
show('torch.full_like(x,7)', lambda: (torch.full_like(x,7)))
show('torch.rand_like(x).shape', lambda: (torch.rand_like(x).shape))
show('torch.randint(5,(2,)).shape', lambda: (torch.randint(5,(2,)).shape))
show('torch.randint(high=5,size=(2,)).dtype', lambda: (torch.randint(high=5,size=(2,)).dtype))
show('torch.normal(0.,1.,(2,)).shape', lambda: (torch.normal(0.,1.,(2,)).shape))
show('torch.normal(torch.zeros(2),torch.ones(2)).shape', lambda: (torch.normal(torch.zeros(2),torch.ones(2)).shape))
show('torch.multinomial(torch.ones(3),2).shape', lambda: (torch.multinomial(torch.ones(3),2).shape))
show('torch.bernoulli(torch.ones(2))', lambda: (torch.bernoulli(torch.ones(2))))
show('torch.rand(2,generator=torch.Generator().manual_seed(1))', lambda: (torch.rand(2,generator=torch.Generator().manual_seed(1))))
show('torch.randperm(4,generator=torch.Generator().manual_seed(1))', lambda: (torch.randperm(4,generator=torch.Generator().manual_seed(1))))
show('torch.empty(2,3).shape', lambda: (torch.empty(2,3).shape))
show('torch.empty_like(x).shape', lambda: (torch.empty_like(x).shape))
show('torch.logspace(0,2,3)', lambda: (torch.logspace(0,2,3)))
show('torch.from_numpy(np.array([1,2]))', lambda: (torch.from_numpy(np.array([1,2]))))
show('torch.as_tensor([1.5])', lambda: (torch.as_tensor([1.5])))
show('torch.as_tensor(x) is x', lambda: (torch.as_tensor(x) is x))
show('torch.asarray([1])', lambda: (torch.asarray([1])))
show('torch.scalar_tensor(3)', lambda: (torch.scalar_tensor(3)))
show('torch.frombuffer(b"abcd",dtype=torch.uint8)', lambda: (torch.frombuffer(b"abcd",dtype=torch.uint8)))
show('torch.frombuffer(b"abc",dtype=torch.int16)', lambda: (torch.frombuffer(b"abc",dtype=torch.int16)))
show('torch.sparse_coo_tensor([[0,1]],[1.,2.],(3,))', lambda: (torch.sparse_coo_tensor([[0,1]],[1.,2.],(3,))))
show('torch.tril_indices(2,2)', lambda: (torch.tril_indices(2,2)))
show('torch.maximum(T([1,2]),T([2,1]))', lambda: (torch.maximum(T([1,2]),T([2,1]))))
show('torch.where(T([True,False]),1,0)', lambda: (torch.where(T([True,False]),1,0)))
show('torch.where(T([True,False]),T([1.]),0)', lambda: (torch.where(T([True,False]),T([1.]),0)))
show('torch.lerp(T([0.]),T([1.]),0.5)', lambda: (torch.lerp(T([0.]),T([1.]),0.5)))
show('torch.addmm(torch.ones(2,2),x,x.t(),beta=0.5)', lambda: (torch.addmm(torch.ones(2,2),x,x.t(),beta=0.5)))
show('torch.take(x,T([0,5]))', lambda: (torch.take(x,T([0,5]))))
show('torch.diag(T([1,2]))', lambda: (torch.diag(T([1,2]))))
show('torch.diagonal(x)', lambda: (torch.diagonal(x)))
show('torch.trace(x)', lambda: (torch.trace(x)))
show('torch.searchsorted(T([1,3,5]),3)', lambda: (torch.searchsorted(T([1,3,5]),3)))
show('torch.bucketize(T([2]),T([1,3]))', lambda: (torch.bucketize(T([2]),T([1,3]))))
show('torch.isin(T([1,2]),T([2]))', lambda: (torch.isin(T([1,2]),T([2]))))
show('torch.count_nonzero(x)', lambda: (torch.count_nonzero(x)))
show('torch.logsumexp(x,0)', lambda: (torch.logsumexp(x,0)))
