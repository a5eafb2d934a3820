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

show('torch.softmax(x,dim=1)', lambda: (torch.softmax(x,dim=1)))
show('torch.softmax(x)', lambda: (torch.softmax(x)))
show('torch.sigmoid(T([0.]))', lambda: (torch.sigmoid(T([0.]))))
show('torch.relu(T([-1.,1.]))', lambda: (torch.relu(T([-1.,1.]))))
show('torch.dropout(torch.ones(3),0.5,False)', lambda: (torch.dropout(torch.ones(3),0.5,False)))
show('torch.exp(T([1])), torch.log(T([1]))', lambda: (torch.exp(T([1])), torch.log(T([1]))))
show('torch.mean(T([1]))', lambda: (torch.mean(T([1]))))
show('torch.std(T([1.,2.])), torch.var(T([1.,2.]),unbiased=False), torch.var(T([1.,2.]),correction=0)', lambda: (torch.std(T([1.,2.])), torch.var(T([1.,2.]),unbiased=False), torch.var(T([1.,2.]),correction=0)))
show('torch.quantile(x,0.5), torch.nanmean(x), torch.nansum(x)', lambda: (torch.quantile(x,0.5), torch.nanmean(x), torch.nansum(x)))
show('torch.outer(T([1,2]),T([3,4]))', lambda: (torch.outer(T([1,2]),T([3,4]))))
show('torch.cross(T([1.,0,0]),T([0,1.,0]),dim=0)', lambda: (torch.cross(T([1.,0,0]),T([0,1.,0]),dim=0)))
show('torch.kron(T([1,2]),T([1,1]))', lambda: (torch.kron(T([1,2]),T([1,1]))))
show('torch.rot90(x), torch.fliplr(x)', lambda: (torch.rot90(x), torch.fliplr(x)))
show('torch.hstack([x,x]).shape, torch.vstack([x,x]).shape, torch.dstack([x,x]).shape', lambda: (torch.hstack([x,x]).shape, torch.vstack([x,x]).shape, torch.dstack([x,x]).shape))
show('torch.tensor_split(x,2,dim=1)', lambda: (torch.tensor_split(x,2,dim=1)))
show('torch.vsplit(x,2)', lambda: (torch.vsplit(x,2)))
show('torch.movedim(x,0,1).shape, torch.swapaxes(x,0,1).shape', lambda: (torch.movedim(x,0,1).shape, torch.swapaxes(x,0,1).shape))
show('torch.tile(T([1,2]),(2,))', lambda: (torch.tile(T([1,2]),(2,))))
show('torch.repeat_interleave(T([1,2]),2)', lambda: (torch.repeat_interleave(T([1,2]),2)))
show('torch.cov(x)', lambda: (torch.cov(x)))
show('torch.corrcoef(x)', lambda: (torch.corrcoef(x)))
show('torch.linalg.norm(x,ord=1), torch.linalg.matrix_rank(x), torch.linalg.det(torch.eye(2)), torch.linalg.eigh(torch.eye(2))', lambda: (torch.linalg.norm(x,ord=1), torch.linalg.matrix_rank(x), torch.linalg.det(torch.eye(2)), torch.linalg.eigh(torch.eye(2))))
show('torch.linalg.solve(torch.eye(2),T([1.,2.])), torch.linalg.lstsq(torch.eye(2),torch.ones(2,1)).solution', lambda: (torch.linalg.solve(torch.eye(2),T([1.,2.])), torch.linalg.lstsq(torch.eye(2),torch.ones(2,1)).solution))
show('torch.linalg.multi_dot([torch.eye(2),torch.eye(2)])', lambda: (torch.linalg.multi_dot([torch.eye(2),torch.eye(2)])))
show('torch.linalg.matrix_norm(x), torch.linalg.vector_norm(x), torch.linalg.pinv(torch.eye(2)), torch.linalg.cholesky(torch.eye(2))', lambda: (torch.linalg.matrix_norm(x), torch.linalg.vector_norm(x), torch.linalg.pinv(torch.eye(2)), torch.linalg.cholesky(torch.eye(2))))
show('torch.fft.rfft(T([1.,2.,3.])), torch.fft.fftshift(T([1,2,3])), torch.fft.fftfreq(4)', lambda: (torch.fft.rfft(T([1.,2.,3.])), torch.fft.fftshift(T([1,2,3])), torch.fft.fftfreq(4)))
show('torch.special.gammaln(T([2.])), torch.special.erf(T([0.])), torch.special.logit(T([0.5]))', lambda: (torch.special.gammaln(T([2.])), torch.special.erf(T([0.])), torch.special.logit(T([0.5]))))
show('torch.finfo(torch.float16).max, torch.iinfo(torch.int64).max, torch.finfo().eps', lambda: (torch.finfo(torch.float16).max, torch.iinfo(torch.int64).max, torch.finfo().eps))
show('torch.float32.itemsize, torch.float16.is_floating_point, torch.int8.is_signed, torch.complex64.to_real(), torch.bool.is_complex', lambda: (torch.float32.itemsize, torch.float16.is_floating_point, torch.int8.is_signed, torch.complex64.to_real(), torch.bool.is_complex))
show('torch.half is torch.float16, torch.long, torch.double, torch.cfloat', lambda: (torch.half is torch.float16, torch.long, torch.double, torch.cfloat))
show('{torch.device("cpu"):1}[torch.device("cpu")]', lambda: ({torch.device("cpu"):1}[torch.device("cpu")]))
show('{torch.float32:1}[torch.float]', lambda: ({torch.float32:1}[torch.float]))
show('torch.channels_last, torch.contiguous_format', lambda: (torch.channels_last, torch.contiguous_format))
show('torch.ones(1,2,3,4).to(memory_format=torch.channels_last).stride()', lambda: (torch.ones(1,2,3,4).to(memory_format=torch.channels_last).stride()))
show('torch.ones(1,2,3,4).contiguous(memory_format=torch.channels_last).is_contiguous(memory_format=torch.channels_last)', lambda: (torch.ones(1,2,3,4).contiguous(memory_format=torch.channels_last).is_contiguous(memory_format=torch.channels_last)))
show('isinstance(x,torch.Tensor), isinstance(torch.float32,torch.dtype), isinstance(x.device,torch.device), isinstance(x.shape,torch.Size), isinstance(x.shape,tuple)', lambda: (isinstance(x,torch.Tensor), isinstance(torch.float32,torch.dtype), isinstance(x.device,torch.device), isinstance(x.shape,torch.Size), isinstance(x.shape,tuple)))
show('type(x), type(x.dtype), type(x.shape), type(x.device)', lambda: (type(x), type(x.dtype), type(x.shape), type(x.device)))
show('x.foo()', lambda: (x.foo()))
show('x.sum(foo=1)', lambda: (x.sum(foo=1)))
show('x.sum("a")', lambda: (x.sum("a")))
show('x.sum(dim=5)', lambda: (x.sum(dim=5)))
show('x.view("a")', lambda: (x.view("a")))
show('x.reshape((6,))', lambda: (x.reshape((6,))))
show('x.reshape(6,)', lambda: (x.reshape(6,)))
show('x.permute((1,0)).shape', lambda: (x.permute((1,0)).shape))
show('x.expand((2,2,3)).shape', lambda: (x.expand((2,2,3)).shape))
show('x.repeat((2,1)).shape', lambda: (x.repeat((2,1)).shape))
show('x.sum([0,1])', lambda: (x.sum([0,1])))
show('x.mean((0,1))', lambda: (x.mean((0,1))))
show('x.flip((0,))', lambda: (x.flip((0,))))
show('x.transpose("a",0)', lambda: (x.transpose("a",0)))
show('x.unsqueeze()', lambda: (x.unsqueeze()))
show('x.squeeze(0,1)', lambda: (x.squeeze(0,1)))
show('x.squeeze((0,1)).shape', lambda: (x.squeeze((0,1)).shape))
show('x.gather(0,x)', lambda: (x.gather(0,x)))
show('x.index_select(0,[0])', lambda: (x.index_select(0,[0])))
show('x.split(0)', lambda: (x.split(0)))
show('x.chunk(0)', lambda: (x.chunk(0)))
show('x.masked_fill(x,0)', lambda: (x.masked_fill(x,0)))
show('x.type_as(T([1]))', lambda: (x.type_as(T([1]))))
show('x.view_as(x).shape, x.expand_as(x).shape, x.reshape_as(x).shape', lambda: (x.view_as(x).shape, x.expand_as(x).shape, x.reshape_as(x).shape))
show('x.view(torch.int32).shape', lambda: (x.view(torch.int32).shape))
show('x.bernoulli(0.5).shape', lambda: (x.bernoulli(0.5).shape))
show('x.apply_(lambda v:v*2)', lambda: (x.apply_(lambda v:v*2)))
