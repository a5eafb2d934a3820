import torch, torch.nn as nn, torch.optim as optim
cases = [
 ("SGD", {"lr":0.1}), ("SGD", {"lr":0.1,"momentum":0.9}), ("SGD", {"lr":0.1,"momentum":0.9,"nesterov":True,"weight_decay":1e-2}),
 ("SGD", {"lr":0.1,"momentum":0.9,"dampening":0.1,"maximize":True}),
 ("Adam", {}), ("Adam", {"lr":0.1,"amsgrad":True,"weight_decay":0.1}), ("AdamW", {"lr":0.01}), ("Adamax", {"weight_decay":0.1}),
 ("NAdam", {"lr":0.1}), ("NAdam", {"weight_decay":0.1,"decoupled_weight_decay":True}), ("RAdam", {"lr":0.1}), ("Adagrad", {"lr_decay":0.1,"weight_decay":0.1}),
 ("Adadelta", {"weight_decay":0.1}), ("RMSprop", {}), ("RMSprop", {"momentum":0.9,"centered":True}), ("Rprop", {}), ("ASGD", {"t0":3})]
def hexs(t):
    return [round(v, 4) for v in t.flatten().tolist()[:6]]
def unused(t):
    return t.view(torch.int32).flatten().tolist()[:6] if t.dtype == torch.float32 else t.tolist()
for name, kw in cases:
    torch.manual_seed(1)
    m = nn.Sequential(nn.Linear(4,5), nn.Tanh(), nn.Linear(5,2))
    o = getattr(optim, name)(m.parameters(), **kw)
    x = torch.randn(8,4); y = torch.randn(8,2)
    for i in range(7):
        o.zero_grad()
        loss = ((m(x)-y)**2).mean()
        loss.backward()
        o.step()
    print(name, loss)
    print(o)
    for p in m.parameters(): print(hexs(p.detach()))
    sd = o.state_dict()
    print(sd["param_groups"])
    for k, v in sd["state"].items():
        print(k, {a: hexs(b) for a, b in v.items()})
    o2 = getattr(optim, name)(m.parameters(), **kw)
    print(o2.load_state_dict(sd))
    print(str(o2.state_dict()) == str(sd))
    o2.step()
    for p in m.parameters(): print(hexs(p.detach()))
for f in [lambda: optim.SGD([]), lambda: optim.SGD(torch.ones(2)), lambda: optim.SGD([1]), lambda: optim.Adam([torch.ones(1)], lr=-1), lambda: optim.Adam([torch.ones(1)], betas=(1.0,0.5)),
   lambda: optim.SGD([torch.ones(1)], momentum=-1), lambda: optim.SGD([torch.ones(1)], nesterov=True), lambda: optim.SGD({torch.ones(1)}), lambda: optim.SGD([torch.ones(1, requires_grad=True)*2]),
   lambda: optim.SGD([{"params":[p]},{"params":[p]}]), lambda: o.load_state_dict({"state":{}, "param_groups":[]}), lambda: o.load_state_dict({"state":{}, "param_groups":[{"params":[1]}]}), lambda: o.add_param_group(3)]:
    try:
        f(); print("no error")
    except Exception as e:
        print(type(e).__name__, e)
o = optim.SGD([{"params": m[0].parameters()}, {"params": m[2].parameters(), "lr": 1e-3}], lr=0.1, momentum=0.9)
print(o); print(o.state_dict())
o = optim.Adam(m.named_parameters()); print(o.state_dict()["param_groups"])
w = torch.tensor([1.,2.], requires_grad=True)
o = optim.SGD([w], lr=torch.tensor(0.1))
def closure():
    o.zero_grad(); l = (w*w).sum(); l.backward(); return l
print(o.step(closure), w)
