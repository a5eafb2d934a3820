"""Data classes, enumerations and types as their own tests in CPython try them."""
from dataclasses import *
from typing import *
import enum, collections
def t(f):
    try: print(f())
    except BaseException as e: print(type(e).__name__, e)
@dataclass
class A:
    x: int
    y: list[int] = field(default_factory=list)
    z: Optional[int] = None
    q: 'collections.deque' = None
    def __init__(self, x): self.x = x*2
print(A.__doc__); t(lambda: A(3).x)
@dataclass
class B:
    a: int = field(init=False, default=4)
    b: int = 5
    def __setattr__(self, n, v):
        print('set', n, v); super().__setattr__(n, v)
b=B(); print(b, vars(b), b.a)
@dataclass(frozen=True)
class C:
    x: int
t(lambda: hash(C(5))==hash((5,))); t(lambda: setattr(C(1),'x',2))
def f():
    @dataclass
    class X:
        a: int = 1
        b: int
t(f)
def f():
    @dataclass
    class X:
        a: list = []
t(f)
class Base: x: int = 3
@dataclass
class Der(Base):
    x: int
t(lambda: Der()); t(lambda: Der.__doc__)
class Dsc:
    def __set_name__(self, o, n): self.n='_'+n
    def __get__(self, i, o): return 100 if i is None else getattr(i, self.n)
    def __set__(self, i, v): setattr(i, self.n, v)
@dataclass
class E: i: int = Dsc()
t(lambda: E().i); t(lambda: E(7).i); t(lambda: make_dataclass('M',['a','a'])); t(lambda: make_dataclass('M',[('for',int)])); t(lambda: make_dataclass('M',[('x',int),('y',int,3)])(1))
@dataclass(order=True, slots=True)
class F:
    a: int
    b: float = 1.5
    _: KW_ONLY
    c: str = 'c'
t(lambda: F(1)<F(2)); t(lambda: F(1,2,'x')); t(lambda: F(1,c='d')); t(lambda: F.__slots__); t(lambda: F.__match_args__); t(lambda: asdict(F(1))); t(lambda: astuple(F(1))); t(lambda: replace(F(1),b=9)); t(lambda: setattr(F(1),'nope',1))
@dataclass
class G:
    i: InitVar[int]
    j: int = 0
    k: ClassVar[int] = 9
    def __post_init__(self, i): self.j += i
t(lambda: G(5)); t(lambda: G(1).i)
t(lambda: repr(InitVar[List[int]])); t(lambda: repr(InitVar[int]))
class Col(enum.Enum):
    R=1; G=2; B='b'
    @property
    def low(self): return self.name.lower()
t(lambda: Col.R.low); t(lambda: Col(3)); t(lambda: Col['X']); t(lambda: list(Col)); t(lambda: Col('b')); t(lambda: Col.R==1); t(lambda: Col.R<Col.G); t(lambda: setattr(Col,'R',3)); t(lambda: Col.__members__)
class Fl(enum.Flag):
    A=enum.auto(); B=enum.auto(); C=A|B
t(lambda: Fl.A|Fl.B); t(lambda: ~Fl.A); t(lambda: Fl(3)); t(lambda: Fl(8)); t(lambda: [*Fl.C]); t(lambda: Fl.A in Fl.C); t(lambda: str(Fl.C)); t(lambda: repr(Fl(0)))
class IF(enum.IntFlag):
    R=4; W=2; X=1
t(lambda: IF.R|IF.W); t(lambda: IF(8)); t(lambda: IF(12)); t(lambda: str(IF.R|1)); t(lambda: IF.R+1); t(lambda: ~IF.R); t(lambda: f'{IF.R}')
class SE(str, enum.Enum):
    A='a'; B='b'
t(lambda: (SE.A=='a', str(SE.A), f'{SE.A}', SE('b'), SE.A.upper()))
class SE2(enum.StrEnum):
    A=enum.auto(); B='x'
t(lambda: (SE2.A, str(SE2.A), f'{SE2.B}', repr(SE2.B)))
class IE(enum.IntEnum):
    ONE=1; TWO=2
t(lambda: (IE.ONE+1, IE.ONE<IE.TWO, str(IE.ONE), repr(IE.ONE), f'{IE.ONE}', '%d'%IE.TWO, [0,1,2][IE.ONE]))
def f():
    class Z(Col): pass
t(f)
def f():
    @enum.unique
    class Z(enum.Enum):
        A=1; B=1
t(f)
class P(enum.Enum):
    E=(1,2); M=(3,4)
    def __init__(self,a,b): self.a,self.b=a,b
t(lambda: (P.E.a, P.M.value, P((3,4))))
AN=enum.Enum('AN','cat dog'); t(lambda: list(AN)); t(lambda: AN.cat.value)
class Miss(enum.Enum):
    A=1
    @classmethod
    def _missing_(cls, v): return cls.A
t(lambda: Miss(99))
NT=NamedTuple('NT',[('a',int),('b',str)]); t(lambda: NT(1,'x')); t(lambda: NT.__annotations__)
class TD(TypedDict, total=False):
    a: int
t(lambda: TD(a=1)); t(lambda: TD.__annotations__); t(lambda: Optional[int]); t(lambda: Union[int,str,None]); t(lambda: Callable[[int],str]); t(lambda: get_type_hints(A)); t(lambda: Dict[str,List[int]]); t(lambda: Literal['a',1]); t(lambda: get_args(Dict[str,int])); t(lambda: get_origin(List[int])); t(lambda: list[int]|None); t(lambda: Tuple[int,...]); t(lambda: Any); t(lambda: TypeVar('T')); t(lambda: cast(int,'a'))
