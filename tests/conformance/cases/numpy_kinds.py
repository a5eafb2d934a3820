"""Records, text, times, objects and generators that numpy pickled: read, shown, used, and written again."""
import base64, io, pickle, zlib
import numpy as np

DATA = """
eNrtendUU9kXLoHQEWnSQZQqTQi9KEiXSO/NGCAQWmgJTZAiICX0gCK9CQiIIkUEAUG6UqQ3KSoI0gUBaS+AzjjOb97MWu+vt5Y3a93cc7LPd/e3z74n3zp3
BwAT87hxjg8/DA8azw1mhUHTIlBOLt6CECtnN5igE8oRaQd1c4N6Y9BkEOzvzgh3pBvKColJwKCJTyyPRxFhzyd2CRgwTghGEWCJuYPRxfCAAWDcEAwa/9gW
+22N9HaBYY3gp9AER3hu1thGeNiJLR4a4IvRRAOgGDR2PBpghcXAegY/Az+NxrUT/dlOFqOpqal+iD2OT2AcJMYSjBOKgdMe2dpI/mkLZ/kflkCsJd2RpZ7I
T5Y0WEswHtblYxuyUAwKfBrbosC2whVZATg/DqC8Fw4O3h9NKnlvHBwM1ghN8D06cCCWHyHC+ueQwIl/Cgj21niGwuJ/uTeWojWWtAcm9Ji0xDHpfyNyRFny
yNLwZ0ua4yCI/stYrB+h2DCCicDAkw6iI8YUfzBm+5NxgBz2JI/7R1teHtsnf8wZiOVsfcT44t9Yos/8nEwQOwQS5oaAOmLQrNgehAfMDQlBOkOw4+0QtseJ
AXHwhLrZuh9FDBCCxQm3wOYlLhSbC3hW1jAM7Oh+uNbI/323I84af0YB+DfOmjyKACUs8tEHiaV+TJLCUBXn5yPgmBSeNdIdA8fFTqgV1BHqdpSw/wXd6a/o
ikTXTqceBxHb1sWSQECxvjv+FyhCWxgC5mZn9SvgH14eA+Iirf85Fk7/5q3732LxY8J/TPRJLJDW7t+9/hdIuMsv3uL/wDn2FoD6Z2cNQL8k63FWEp245fUd
BvuY4fj8cAug989oeqBfn2rc7091uCLQFcfN/YSYs6X9/8DAO8HQkvwF4yeuckdIFkfW8DOax1kJxGKB/tmh/wLmh42QA3ZK3C0wYFzoSa6jfkTeQOTX+JB9
j48iGRwbEtj38HzPC8sf4/55fVPEg8O8T8yBHs7YpedkgOH/ZQDU0uo7PjaCaJrv6z8UYe3sJAhxsbNycIRh0FQQyEmXOxKKhEGskM7Hj88MmgYCsbRDQo4T
G4rt/fHTj1XiB5ATUlhKSkQCgybU0D+5SsAcLQZH/1Gn/oLwkwka//h2x0Z4Dlhif5sKDZfvc4H6l3UxXKGB+GR5F0qlVTIaHp7j1kh/J/n02dC1qzZ1rwur
XpU1H7ybqOKyGVAuHfeivkFuNXv/MtMUc+FCB87Ibp3yzNxpf9cus6VLRh7wSfGcgaq7EmQKCqJFsGBvY6cY1oTPejsS8acqn2UBxyo3J3jQL2g9lfZgktpq
cU0xQnovjdJo0tX97VJSDS5sd1YwLCK7YBTC7vd2xw2DOPA2SV00XmndrNZbtroWr/yM4mPbBbYPCmwph71Bl3izUfv6frlw7oCO562TOPmxlqnWT6moALCy
a2nLxLurtI1jhcVf3SYIlQHp4TIBXwd1om3GMETvlrpAeinPxJOuSN9L6aqJge8P8YH8HvUyVrM0+5X4mW9KYiyrSArouQOMKpSn7G8NCjLc53dtyKkak9xy
KOfH+ArlAx7Ydfgu3BNTbLwP2GA5Xf7GkVbfdzlbjmY3ySorWtIy3/ht8rrIMt25cCiwH37qc/vS5FSP2OGnD1JblDQtn1FRUN4QRyvuwf2Vt7bnTZBpPBYJ
TKxDgkT6z3qqSXGWm3mhlXOQIuowlDx6WIpJEbiRxb9ndzcno9420yz9lepSTsuALmlK2L6K3VLuqhcje8W3ZYqkqrnVG4rtOmDmLBB7XWs7k5Bw4x3jCnGt
vuxdagEnxmIt8Zqeyy88TSOIEDfkaWfmcVXIGkOMMoJ3Zkm7iumHBOp8V1LsQvFM73beDppqBe7Px78nfp8F1sKL1TepifJQpp4rA+7UfiOOAwk8h2l9Otyy
9ynglXjcqFfUTsU0qBCs8KTX6RUnocCusOFtS925G2HBy62f75Txew44mrW8t/KRMlasGbmSK/LZo7xkravbS2eFYcDCkvZz5c6nvciyddxv+5Xn39Q/wHcy
DL1/nyyoxNRTP1Y8E7PNmjNgYor7BBF5T82L09gzlGvBmU0vtYTtHNGy99Wei6tVPaSaGvPDlD6L9HLlARvdd5e5ZNcU6VIQOG3+ipp4e0Hqgf73pNOMlrKR
hVOvSiIxL1qaOFZRDwumwbYHNZG9OSu27jd1Dljkbcw1dE+RN1pKXyUHMcSVWy1Abnw1H9cz7m1E9MvohlhdYPcd7bNnCLDBBVP2C5/bt37RturxrSsmMf+G
qrzmtoPM3YrUz+LDpFLnRMfCczSM3m/KmxP7142B1s+yuFc9kLHO53/eFQ3tS6azc4rgfLrzcQzopD6FietCSOleVrkjGFfReD/2TKOiTasKhynu+2RXGn61
PAxfkc7jlaXJOxakDfvh7PQ1g21kZZ2KVyMv5CtDLm+oAxc0czUiw/cqy9c3TC/Y9Z1eJ7PwPiDgfcItrw8bMf8kat5kOFX3ruC8grh1W99LzpkklY6G1brM
0G4fwrEk/mlxZqkvn25R5+tq4EbE6XhFAsY4CkHA/ooNI5FYajPy6BrCCSu7u44WFLDKvTCyeLqy56QCyp9t5ZQbOvhU2ps5iycL2hg/sfhWETRU+Ny+hifK
O6O1B1SiCOi3Vvo2RSjwLMrovjfKm26AkT5k8UHDMOzVFGAjPAJwA5cHZTlakX4QJgt/Hsw3zAK5Ii9wG1lfMo/UOLw0TV2/hFdQubaWwfukmq36huRIRDnd
nji6coq6NCBiim/Rc626+23+JE2wagQCAIqOQmrZGHGY51nL3vKpwp9vtPwSeq548ZGtbzDVhuJlneUFkMANl4BXjPTKX/YlcRgvEZHdIijsjEYlVPlozKfd
bW/7mFvLfnpTONw1VD0s2IhU4QvcyZ5Cow96TYGkQa/yE635zQYMT88r8ubwhCVS4zuIkq64gMsJzZZmn848+URgj69NnUip6+AuiuJQMrt4hxuV8KYZQCHe
wMOTW2v/eEApZb6ldN1hfOSKFNeTxOQYnqGafZTrcILv6K1ttbFtm7PODnjBHryxT3xPgc7yFOgd9i9sRI5akBu+5Vt0c2C+nWvsUOYTey6n6A5u9ZeB03De
WeTIEqTBOYi+wrnTjUW6SNi16vxwN4rgVRTs0imJa6pDdC5dvJnOHr6DVKEIwriwYUO1dbfMIhBxIbezOdhbeF+p/0Xek8+OA1d6RN7P1F3nCC/ev+jdWORg
78pWEzdjYkjyyM6Ejq83yYwekKRm3evuBy263S1CaWyhhNYOudDdSFldMiQZgWbNE5f5VkEt3K/48NBTnshqqG1+S3X0I4nnuaVR8t6b9XfeLjdpxD1N3h0n
6tdV4/KBIfcpvfEd/bUEJKmDPBnpeQ2Uty4LDPuSO1yy9vhCV0umpb2n6nRvNrfCxqbk4vv9Q+ceFlIv5nTyawyf+K3OOWCyvAEj795MvYgx8pl+3Sv5TLWu
pvli3suSDcHL1cNu6Um6lBQWxHDXVqZaW8miorSt51YPSmfu4n+9OXuTG8dzhy/1PTGZ/scRCYkzoXOXCDiLR6quTpxdx28Ulx43fjIy5sIHmWSmv7wTyiUd
om9LxqkQdo1Vi7opK3AkLH4jRaa4NEcVRWRiV4tr3X9Qv56ZAhBeJgR/0d7SNWpeuta+0oKboadLlNfWj977fG/fgztWLca5pHXeXSoC9rbEumz+g2MTP3rC
NNU6Xxp+keuq+pzm+yLdWQLD8+1QERbm8V4xgpXajIPHIxXs6eAN2ITGwuevxULJu+sTKratadArhBLm07dGl90JBHJY1HezW5+LtzwIpQg+gD/FPGgMxizS
Fi28k6mrpJTOvj3lelszUN/Ok4MxuCXFeesh4vqtST1kuY10nariFBrJKCg5n31v8nSx3E6KdyXBpLb0dTHHhbL+DlpZwSo3mo+Prmpk8nV0HpyzeZZ1tdjO
tFSJwgB+te4hFxiWNJr0yDPydJlRv1uxzf1RBv78oMoxcAoN0KmbY7lvHzXIFkqguRtdsAR4xt1wb1idhjrXP8JkEgjoP1+CBs83ZI5U58mDCMV6lpkIgumm
6JopquA4hW5R5q/2uINnLocAeRhSt4bifa6QrM7ctSbUnuKUq9LhpzQTlFyetoS4Rnwo+ibpN7Hsvo9Hi440VeoOUaimCEQOlDLEMMl27u2empcarHb70p7U
fSc2mamqZ1tL6vRpVSG/ujAk9cUck5Wk5feOXeu1vEGkrKEvSIM07eWei1C+1A6rNylXl6C/kcy3qL1JmmTjKB5Nsi/oU/U8++X2y9cxvO++hNg9vt43a9t8
qe1GhpL9s0sMq7U8pZvXbpJ3LOWvvNgC6j5k+xgI2qIwrmHP0fa5PfKtCxkV1zVg7qTS/vZwnheku1V39eykMLfDq5oNmuEa+yVhxou2DxSDDdi2sw8l/Erp
zdgcbVaAB+ISTgd8Qs96JJ2/5hqf1vFXA0gHJbScK2sZ9CICbcWYM2KKA6uYq5mCWUvVA+0xg5H8HgqX1PdPFL6LszsGK/xQKM1QjOV3EQlf+lM2wleOOtb+
QSxu/5aCv6Xgbyn4Wwr+loK/peBvKfhbCv6Wgv+/SkH43pEMRBPDoe4QWyjK3R0DxkHjn1z98QIAhVWMtjDE0WYlBeTvG5XwWTT1L3ueVrbiohg0vraiKvb7
j21KrML83nWiL1ciKKwlXKTJVu20vnyN2Y5PEfFA49khrDARlCbFZJwbj5cKinX9PMPtTHpxUGiSIx9RdgikCOjISaKjS5gtzA3bQKEZ/+LAL7uhTBCIi7cX
BIU42YuF6MFg1nowVxQMYXX0zs2eAYCDgyb7pVf9fPYCnub3TX0wzt+3sIH/cdtUkQL/U5jWtBDrqv9KU60A094G5vhV2wXs+bv6/rFLy/OTAv9/3Kc9esXw
7REnc+5bo9DAtYUOzVE/2c53qXQs4UWHE1xTVFL3VZ5qOwIyrNObyfwBntqNQFDWm4zQWxESYrDZayFxQNMd4rz8gtDN230ORjm1qrieF3Em8b3iVRPD7CpM
S42YWfJG9WkS/HOCZFD4sr14Z8y6pG34a3a3Yi00BYYkaovIvEftZs+CYuibXC88OpioFBowM+a+OHZKmltAbfzjVD1Zlu3ZiqiElJ0MWV2n5bra1YZC9kKu
ra6RbN3RCi9ikN2civbrfdFGhwKKFwYOt244X99RWoqv6acaf5C38dJmUW1J3ICSXrxJjz76hn5ZB1hFysfZQBaPmDnmedKXV/dyNRibOXAD7MfyCoUeZpfM
r6Xxj9e/rePOMlfneF2uFRedMDiwUORd9fabETWn0SPej4KIcw9O9ZO+lgyMSszHcy3X4Ys9m9NJHbV+Uy8m7c7XWJo8MU4Bqrf6XJDJh6XOr/HrH4cys3DP
JdJM4HCMa1HHsmrEbgm3ZhH24XOfBzjKduRy4lGzxjJPE3nL8Czk28TpPTp9P85jpUl3Grnm5fdmRmo4vb3C1lO34eHGDakAwyfodVkFmT6LCdmZNfy3s2+7
qDIBVYUj1WO9uV1FljL3zl0fGZg0oEjL53RR33y87FprHeFB8qFEp3dsjWc1vvmVGb7srJjoupTt1zXFF6+ZKSgX6RnFZbMUxISNHAkvcz/24+zWcOUS+BAg
EKjvuD90nqOtvW9xsN2TNOsc+4xjw6zOdcOFOfrO4aDBR7QjIvpSAkmzuczwLGu8ZKELjTvsFfpXGdC3N+PplLfXF8Xsc/pn37QTGunS17DvfFuVsRcvY7Cf
hJ4pTxCZuyop0NhK5RLDl3cwwXiNue+d6/hTydEGmujLRXoDOqKwxCo1JhSzmFZ+dkteSStZU7eEglhHYDBEYsmziasDIcnypvMrk+CECefo6S4L31hBwaGL
I4MTZUzbflHxitxxoc8Sp4S+uc8MAcheWQjcViA4H3nrFj9YaShkbQt6pZwPr+KlfbivccLdUPOwiMHk0e5NOVlEowsZLyZyZx3m45+ndIthypKCled9wEBD
zr0YfcSFwuroOrF27fRzjK5CB0U4uiN0fNeCGS49OqAm4LZYJGSH6X+NGOFuIMpGpKp7Z50Vev9SwPheq11qt0BGkXDKzNnWvrrDtcV7TzWv8wnom2xk5rUw
NUaJjryW7zgd5LfzTluYTZpk+mkRY9pzj8sZt7TE2NI6gXE5TmJOfV8E8C+wWuo81VzT5tK6qKPNSLdV0uWV+A1Ezhg/V/XipaO9SVmBs6hAL4irIlVyu0la
ABwAuKc9nqWREo1VAfc5VK+eg32EpBD4j2+sv1Z5sJ2QVjaxaJSuuE9gKOv0OgJckf4w8SH1GULS8bL4OiE59hhdX1pCsHGzXF0EoWzUk5cIJ5+UCwdt9EuD
7I7mhyXtIg8ZpLnEFjXGYr6y1OYb2Hy+D1sFJldu25PMhKqujmZGlWqSjydQ66Cj3pwR00tsufhRLVPqqcZwOJcf+jKEuENOtOhOGFUSCae0JhJqcI1v1Pg2
2NTHySIpYEXJPPEBYTN/7piFsfzXMxWgm1dabvUzaCh3QbMELT/fD1NLMZBe7ctXqX/aB7e+QC6p8snskXjrHfKMaNlquWav16lf4m8yF0Z82Vckor0EYZqd
mqgSqD+b3px4FhGzu3Uuv/W6Tk1Ki3bmbut09G38et8+mx1zO6n2F/Y5VP0KTSgN88xcl6d96fLdRRuVWWHwmy/c97J2DI3tWVSr9RRzBsYhGXIMMcJ9sTeG
q+dlSUyHhb5F6K11E1BmIxPfsij3t6etPnP8uFhaayU/URYPII9nP/AyrtB9Pl7F8XTNZAPX1YONYl1ULY9cH4pmSirvH6aQ7mgbXaigcVIqoOzdUSonm77e
NR2eMKPQIxNnyC6V9lIGKweDZJr3O5rDabXYvcVxizZ0rYnKtPJEC8trg+Y6u/M6Ds266n1LXOxmYRMqOfDZR8aR3oF5kq0vJ73VJImoVxr6QjOAkLfVI+V4
BAy+AiP105RWyHryPTfp8JYz4YHEHXokj+zpoGOriHK35HrOkGJ0kXkrbRmIxO/D9BluzbTUWmjB1E4vuiK8nnETJC4oLmW677lacCEo5m4GxVm6Qwpn5WnK
Q1NatdqJwpYPSmRPpQj8ewhEWPMBnjw3CW252NrwLDMybtEaUj2niVBMCFdGbGq6zZaBkpfx2feB4hRu12f5U1XQxTsOyJqiZQwj8yOesWmsunPclDYr5E28
ZKiqkdTFsEmy5sTB+NL0ta9TjAtN6SKH2HNiICGV5UwhQEEmZTq/ncDrQRQT2Zz8aKZwka9MfQDNAUE90/KTU6ED/lR5UQF3pcwFHV9LcNB/uMKqO9imCOPP
b32yggz3MF0YCb1MIyZ527X6YiJ7lcQeDDrWD8T3pDZjawCVet1n6VfW9u6LnEiSB65Tk60EBuj1JJQ0ReAhTeI3NcIGUzTefSV+lH6ePAbCadHEtnulMbfX
MlE/+lli80VD3DjVDVShRur2YsZU/EuvqhUbL+1PldGr6TPZIDVEg+mb6StN/aTrXhhnbb+qD5QeOdnc7qBuQ6pNS0fFVf4S+UZ335s9DCQ39vk/AVIopRWX
CaLoLoDHFkVCCken3iTnfxRfprDLdXwo/SB7PDB/NW6toHKI/9I3NxxC6LqagX9lMbgrdB+6GCkoJ2CWRRYw4sji+0SPeFNULNJfuT+f0epNudrQrmjWaGMF
KbEf4UaDk+Wt6Sb1VjmDtOaJUYs78XTVgp0PeoLVKj50IKLbORIpTGgJLvAiO5MHL4WmPB0d1lNHo0QVN70LqqI4JuguC2RYvMiLi43RtwfL8WhcxTQvqbMY
9M5mytWSB7h8kvVV+rj1QoYmln3PRC/HG0PTcV/Lbqc907iY1lcuO9UkGaTTPGupl89AQh72xrV0zInrJeZLfNfyiH0ZUat6IPSql4vszp0XrPafTHRhWy0M
RA/z8Y0h5rv0+l+TkYxzA1zn7x28UdW0fRI4Uzyw/dB3LMtu0QUpbNrlsDDHJNcG9eu96cwDNLlqf9dzr2iFhrSSGqTs/kxryLVSYk72sIZ1pceGIMZonvYx
TX92ACINxp/b0ta3EjxgsuL1WJgDrCqzo4tpH3zYdjjyrvQs3N+Ik6NLdJ6ytJ5o6Mx6Ye1hVcdGeEMW16IqalJci1HO9mF3HbdB+h3HffWwUgAaKo6G+kUe
ECx2Dxu+8YY8wejyicIO8D80rYsZaA3XVbwTWBJWUThg9aDpHGSjDiexn38Qc/YUSd/ejkBBcdnIdG789c5l8df6ckvvGqKnTBLSlLD/WPqRRxoRK/nAOH+o
cOQfZWL/pYoJTXBsCzo2NhT9S/EC/EwIVo7/vXzsnyqp3LEC+KT4CQ10g1kJHZdEwCn/CgmnDf3fRWn/WJ/1n0vSUGCy7/dXJPuz9gpH/rjoAiX4fwBSn5Ev
"""
found = pickle.loads(zlib.decompress(base64.b64decode(DATA.replace("\n", ""))))
for name, value in found.items():
    if name not in ("rs", "gen", "state"):
        print(name, repr(value), type(value).__name__ if name != "dtype2" else "")

r, s, d, u = found["rec"], found["struct"], found["dt"], found["u"]
print(r["a"], r.b, r[0], r[0].a, r[0]["b"], r.dtype.names, len(r), r.shape, [x.c for x in r], r[1:], r.tolist())
print(s["v"], s["v"].dtype, s[0]["id"], s["id"].sum(), s.dtype, s.tolist())
print(d[0], d.dtype, d.tolist(), np.isnat(d), d[0] + np.timedelta64(1, "D"), str(d), d[0] < np.datetime64("2021"))
print(found["dts"].item(), found["dts"].dtype, found["tds"].item(), found["tds"] * 2, found["td"].tolist(), np.isnat(found["nat"]))
print(u.tolist(), u[0], u == "x", u.dtype, u.shape, "yz" in u, [len(x) for x in u], str(u), u[0].upper(), u.reshape(2, 1), isinstance(u, np.ndarray))
print(found["S"].tolist(), found["obj"].tolist(), found["obj2"][0]["k"], found["strd"].tolist(), np.zeros(2, found["dtype"]).dtype, found["dtype"] == np.float32)
print(found["rs"].random(2), found["gen"].random(2), found["state"][0], found["state"][1][:3], found["state"][2:])
print(np.array(["a", "bc"]), np.array(["2020-01-01"], dtype="datetime64[D]"), np.datetime64("2020-02-28") + 2, np.datetime64("2020-03-01") - np.datetime64("2020-02-01"))
print(np.array([None, 1]), np.array([1, "a"]), np.datetime64("2021-05-06T07:08:09.123"), np.timedelta64(90, "s") / np.timedelta64(1, "m"), np.datetime64("2020-01-31").astype("datetime64[M]"))

for name in ("dt", "dts", "nat", "td", "tds", "u", "S", "obj", "us", "bs", "dtype"):
    again = pickle.loads(pickle.dumps(found[name]))
    print(name, repr(again) == repr(found[name]), type(again).__name__)
state, rng = np.random.RandomState(3), np.random.default_rng(4)
state.randn()
again, rng_again = pickle.loads(pickle.dumps((state, rng)))
print(np.array_equal(state.randn(3), again.randn(3)), np.array_equal(rng.random(3), rng_again.random(3)))
