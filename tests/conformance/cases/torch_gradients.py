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

show('g(lambda w:(w*w).sum())', lambda: (g(lambda w:(w*w).sum())))
show('g(lambda w:w*w)', lambda: (g(lambda w:w*w)))
show('g(lambda w:w.norm())', lambda: (g(lambda w:w.norm())))
show('g(lambda w:w.max())', lambda: (g(lambda w:w.max())))
show('g(lambda w:(w@w))', lambda: (g(lambda w:(w@w))))
show('nog()', lambda: (nog()))
show('eg()', lambda: (eg()))
show('sge(True)', lambda: (sge(True)))
show('sge(False)', lambda: (sge(False)))
show('im()', lambda: (im()))
show('twice()', lambda: (twice()))
show('retain()', lambda: (retain()))
show('gradgrad()', lambda: (gradgrad()))
show('inplace()', lambda: (inplace()))
show('inplace2()', lambda: (inplace2()))
show('nograd_inplace()', lambda: (nograd_inplace()))
show('outs()', lambda: (outs()))
show('dev()', lambda: (dev()))
show('dd()', lambda: (dd()))
show('rng()', lambda: (rng()))
show('torch.autograd.grad(torch.ones(1),torch.ones(1))', lambda: (torch.autograd.grad(torch.ones(1),torch.ones(1))))
show('torch.autograd.grad(torch.ones(1,requires_grad=True)*2,torch.ones(1,requires_grad=True))', lambda: (torch.autograd.grad(torch.ones(1,requires_grad=True)*2,torch.ones(1,requires_grad=True))))
show('torch.autograd.grad(torch.ones(1,requires_grad=True)*2,torch.ones(1,requires_grad=True),allow_unused=True)', lambda: (torch.autograd.grad(torch.ones(1,requires_grad=True)*2,torch.ones(1,requires_grad=True),allow_unused=True)))
show('torch.ones(2,requires_grad=True).sum().backward(torch.ones(2))', lambda: (torch.ones(2,requires_grad=True).sum().backward(torch.ones(2))))
show('(torch.ones(2,requires_grad=True)*2).backward(torch.ones(3))', lambda: ((torch.ones(2,requires_grad=True)*2).backward(torch.ones(3))))
show('(torch.ones(2,requires_grad=True)*2).backward("a")', lambda: ((torch.ones(2,requires_grad=True)*2).backward("a")))
show('torch.set_default_dtype(torch.int)', lambda: (torch.set_default_dtype(torch.int)))
show('torch.set_default_dtype("a")', lambda: (torch.set_default_dtype("a")))
show('repr(torch.set_grad_enabled(True))', lambda: (repr(torch.set_grad_enabled(True))))
show('torch.Size(["a"])', lambda: (torch.Size(["a"])))
show('torch.Size([1,2])+(3,)', lambda: (torch.Size([1,2])+(3,)))
show('(3,)+torch.Size([1])', lambda: ((3,)+torch.Size([1])))
show('torch.Size([1])*2', lambda: (torch.Size([1])*2))
show('torch.Size([1])+[2]', lambda: (torch.Size([1])+[2]))
show('torch.Size([4,5])[1:]', lambda: (torch.Size([4,5])[1:]))
show('torch.Size([4,5]).numel()', lambda: (torch.Size([4,5]).numel()))
show('torch.Size(torch.tensor([1,2]))', lambda: (torch.Size(torch.tensor([1,2]))))
show('torch.Size([1,2])==(1,2)', lambda: (torch.Size([1,2])==(1,2)))
show('torch.Size([1,2]).index(2)', lambda: (torch.Size([1,2]).index(2)))
show('hash(torch.Size([1,2]))==hash((1,2))', lambda: (hash(torch.Size([1,2]))==hash((1,2))))
show('tuple(torch.Size([1,2]))', lambda: (tuple(torch.Size([1,2]))))
show('x.shape+x.shape', lambda: (x.shape+x.shape))
show('dst(lambda y:y.add_(1))', lambda: (dst(lambda y:y.add_(1))))
show('dst(lambda y:y.copy_(torch.zeros(3)))', lambda: (dst(lambda y:y.copy_(torch.zeros(3)))))
show('dst(lambda y:y.copy_(1))', lambda: (dst(lambda y:y.copy_(1))))
show('dst(lambda y:y.fill_(2))', lambda: (dst(lambda y:y.fill_(2))))
show('dst(lambda y:y.zero_())', lambda: (dst(lambda y:y.zero_())))
show('dst(lambda y:y.t_())', lambda: (dst(lambda y:y.t_())))
show('dst(lambda y:y.unsqueeze_(0))', lambda: (dst(lambda y:y.unsqueeze_(0))))
show('dst(lambda y:y.clamp_(1,2))', lambda: (dst(lambda y:y.clamp_(1,2))))
show('dst(lambda y:y.masked_fill_(y>2,0))', lambda: (dst(lambda y:y.masked_fill_(y>2,0))))
show('dst(lambda y:y.index_add_(0,T([0]),torch.ones(1,3)))', lambda: (dst(lambda y:y.index_add_(0,T([0]),torch.ones(1,3)))))
show('dst(lambda y:y.scatter_(1,T([[0],[1]]),9.))', lambda: (dst(lambda y:y.scatter_(1,T([[0],[1]]),9.))))
