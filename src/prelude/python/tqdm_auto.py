"""The bar for whoever looks."""

from tqdm import *
from tqdm import tqdm, trange
