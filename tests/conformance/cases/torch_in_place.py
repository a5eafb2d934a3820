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

show('dst(lambda y:y.uniform_(0,1).shape)', lambda: (dst(lambda y:y.uniform_(0,1).shape)))
show('dst(lambda y:y.normal_().shape)', lambda: (dst(lambda y:y.normal_().shape)))
show('dst(lambda y:y.resize_(3))', lambda: (dst(lambda y:y.resize_(3))))
show('dst(lambda y:y.set_(torch.ones(2)))', lambda: (dst(lambda y:y.set_(torch.ones(2)))))
show('dst(lambda y:y.requires_grad_())', lambda: (dst(lambda y:y.requires_grad_())))
show('dst(lambda y:y.detach_())', lambda: (dst(lambda y:y.detach_())))
show('dst(lambda y:y.squeeze_())', lambda: (dst(lambda y:y.squeeze_())))
show('dst(lambda y:y.div_(2).mul_(3).sub_(1))', lambda: (dst(lambda y:y.div_(2).mul_(3).sub_(1))))
show('dst(lambda y:y.pow_(2))', lambda: (dst(lambda y:y.pow_(2))))
show('dst(lambda y:y.lerp_(torch.zeros(2,3),0.5))', lambda: (dst(lambda y:y.lerp_(torch.zeros(2,3),0.5))))
show('dst(lambda y:y.addcmul_(y,y,value=2))', lambda: (dst(lambda y:y.addcmul_(y,y,value=2))))
show('dst(lambda y:y.index_copy_(0,T([1]),torch.ones(1,3)))', lambda: (dst(lambda y:y.index_copy_(0,T([1]),torch.ones(1,3)))))
show('dst(lambda y:y.bernoulli_().shape)', lambda: (dst(lambda y:y.bernoulli_().shape)))
show('x.copy_("a")', lambda: (x.copy_("a")))
show('x.copy_(torch.zeros(5))', lambda: (x.copy_(torch.zeros(5))))
show('x.add_(torch.ones(5))', lambda: (x.add_(torch.ones(5))))
show('x.add_(T([1j]))', lambda: (x.add_(T([1j]))))
show('T([1]).add_(1.5)', lambda: (T([1]).add_(1.5)))
show('T([1]).div_(2)', lambda: (T([1]).div_(2)))
show('x.view(2,2)', lambda: (x.view(2,2)))
show('torch.backends.cudnn.enabled', lambda: (torch.backends.cudnn.enabled))
show('torch.backends.mps.is_available()', lambda: (torch.backends.mps.is_available()))
show('torch.tensor([1,2]).to(torch.float32).dtype', lambda: (torch.tensor([1,2]).to(torch.float32).dtype))
show('x.double().float().half().bfloat16().dtype', lambda: (x.double().float().half().bfloat16().dtype))
show('x.byte().char().short().int().long().bool().dtype', lambda: (x.byte().char().short().int().long().bool().dtype))
show('x.type(torch.float64).type()', lambda: (x.type(torch.float64).type()))
show('x.type("torch.LongTensor")', lambda: (x.type("torch.LongTensor")))
show('x.to(dtype=torch.int32,device="cpu")', lambda: (x.to(dtype=torch.int32,device="cpu")))
show('x.to(x.int())', lambda: (x.to(x.int())))
show('x.is_floating_point()', lambda: (x.is_floating_point()))
show('x.is_complex()', lambda: (x.is_complex()))
show('x.is_signed()', lambda: (x.is_signed()))
show('x.nelement()', lambda: (x.nelement()))
show('x.ndimension()', lambda: (x.ndimension()))
show('x.is_contiguous(), x.t().is_contiguous(), x.t().contiguous().is_contiguous()', lambda: (x.is_contiguous(), x.t().is_contiguous(), x.t().contiguous().is_contiguous()))
show('x.stride(), x.t().stride()', lambda: (x.stride(), x.t().stride()))
show('x.storage_offset(), x[1].storage_offset()', lambda: (x.storage_offset(), x[1].storage_offset()))
show('x[1].untyped_storage().nbytes()', lambda: (x[1].untyped_storage().nbytes()))
show('x.data_ptr()==x[0].data_ptr()', lambda: (x.data_ptr()==x[0].data_ptr()))
show('x.element_size(), x.itemsize, x.nbytes', lambda: (x.element_size(), x.itemsize, x.nbytes))
show('x.device, x.dtype, x.layout, x.shape, x.ndim, x.requires_grad, x.grad, x.grad_fn', lambda: (x.device, x.dtype, x.layout, x.shape, x.ndim, x.requires_grad, x.grad, x.grad_fn))
show('x.names', lambda: (x.names))
show('torch.is_storage(x.storage())', lambda: (torch.is_storage(x.storage())))
show('x.tolist()', lambda: (x.tolist()))
