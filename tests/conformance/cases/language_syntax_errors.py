"""What a program that cannot be read is told."""
def t(f):
    try: print(f())
    except BaseException as e: print(type(e).__name__, e)
for s in ["x+1=2","f()=1","1=x","'a'=x","x.y()=3","[1 for x in y]=3","{1:2}=3","{1,2}=3","a if b else c = 1","f'a'=1","...=1","not a = 1","del f()","del 1","del a+b","(x for x in y) = 1","a = 1 = 2","for f() in x: pass","with a as f(): pass","x() += 1","(a,b) += 1","None += 1","a and b = 1","-a = 1","d = {1:2, 3}","if x: pass\nelse\n  pass","while True print(1)","class A: def f(self): pass","x = 'abc","x = '''abc","def f():\nreturn 1","if x:\npass","  x=1","if 1:\n  a\n b","f(a b)","[1 2]","print 1","import","from x import","x = yield","return","continue","a = b c","@","def f(a, a): pass","f(a=1,a=2)","global x; x = 1","x: int: 3","08","b'é'","'a' b'b'","f'{a!x}'","f'{a'","f'}'","raise x from","assert","try:\n  x\nexcept:\n  y\nexcept A:\n  z","async x","*a = 1","*a, *b = 1","print(a for a in b, c)","f(**a, *b)","def f(*): pass","def f(**a, b): pass","def f(a=1,b): pass","lambda a=1,b: 1","x = )","x = (]","(1","True = 1","def None(): pass","class True: pass","import a as None","with open(x) as 1: pass","elif x: pass","case 1: pass", "x = = 1","a ? b", "a $ b", "x!","x = 5 +","x = (5 +\n","if","for","for x","for x in","while","def","def f","def f()","class","lambda"]:
    try: exec(compile(s,'<s>','exec'),{}); print('ok',repr(s))
    except SyntaxError as e: print(repr(s), type(e).__name__, e.msg, e.lineno)
    except Exception as e: print(repr(s), type(e).__name__, e)
