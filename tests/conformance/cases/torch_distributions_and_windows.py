import warnings
warnings.simplefilter("ignore")
import torch
from torch import nn
import torch.distributions as D
torch.manual_seed(0)
for d in [D.Normal(0.,1.), D.Bernoulli(0.3), D.Categorical(torch.tensor([.1,.9])), D.Gamma(2.,3.), D.Beta(2.,3.), D.Dirichlet(torch.ones(3)), D.Poisson(3.), D.Exponential(1.), D.Laplace(0.,1.), D.MultivariateNormal(torch.zeros(2), torch.eye(2)), D.StudentT(3.), D.Uniform(0.,1.), D.LogNormal(0.,1.), D.Independent(D.Normal(torch.zeros(2),1.),1), D.OneHotCategorical(torch.ones(3)), D.Multinomial(4, torch.ones(3)), D.VonMises(0.,1.), D.Weibull(1.,1.), D.Gumbel(0.,1.), D.HalfNormal(1.), D.Cauchy(0.,1.), D.Chi2(2.), D.Pareto(1.,1.), D.RelaxedBernoulli(torch.tensor(1.), 0.5), D.TransformedDistribution(D.Normal(0.,1.), [D.ExpTransform()]), D.MixtureSameFamily(D.Categorical(torch.ones(2)), D.Normal(torch.zeros(2), 1.)), D.Wishart(torch.tensor(3.), torch.eye(2)), D.LKJCholesky(3), D.NegativeBinomial(3., 0.5), D.Geometric(0.4), D.Binomial(3, torch.tensor(.5)), D.ContinuousBernoulli(torch.tensor(.4)), D.Kumaraswamy(torch.tensor(1.), torch.tensor(2.)), D.LowRankMultivariateNormal(torch.zeros(2), torch.ones(2,1), torch.ones(2)), D.InverseGamma(torch.tensor(1.), torch.tensor(2.)), D.GeneralizedPareto(0.,1.,0.1)]:
    try:
        s = d.sample((2,))
        print(type(d).__name__, d, s, d.log_prob(s))
        try: print(d.mean, d.variance)
        except NotImplementedError as e: print("NI")
    except Exception as e: print(type(d).__name__, "!!", type(e).__name__, e)
print(D.kl_divergence(D.Normal(0.,1.), D.Normal(1.,2.)), D.kl_divergence(D.Beta(1.,2.), D.Beta(2.,3.)))
try: D.Normal(0., -1.)
except ValueError as e: print(e)
print(D.constraints.positive, D.biject_to(D.constraints.positive))
for w in "bartlett blackman cosine exponential gaussian general_cosine general_hamming hamming hann kaiser nuttall".split():
    f = getattr(torch.signal.windows, w)
    print(w, f(5, a=[.4,.3,.3]) if w == "general_cosine" else f(5))
