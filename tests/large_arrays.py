"""Every function for which it makes sense, of arrays of more than 2**31 elements: nowhere do 32 bits hold an index.

    python tests/large_arrays.py host opencl:cpu          # takes an hour, and 6 GiB at most
    python tests/large_arrays.py host --only roll --only sum

Arrays have one byte an element, and no call makes more than one of them.  Results are looked at in places, the last
ones and those around index 2**31 above all.  Each call runs in a process that may crash, hang, or run out of memory.
"""

from __future__ import annotations

import argparse
import ast
import math
import os
import re
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import xpuarray as xp
from xpuarray.conformance.fuzz.worker import Died, Worker
from xpuarray.functions.elementwise import ROWS

EDGE = 2**31
N = EDGE + 5  # 7 * 7 * 43826197
HALF = EDGE // 2 + 3
SIDE = math.isqrt(EDGE) + 1  #: its square is the first above 2**31
MARKS = [3, EDGE - 1, EDGE, EDGE + 2]  #: where z is not 0, but 1, 2, 3, 4


def p(k: Any) -> np.ndarray:
    """x's elements at the places k."""
    return (np.asarray(k) % 251).astype(np.uint8)


def made(name: str) -> Any:
    """One of the arrays that calls take."""
    values = np.zeros(N, bool if name == "b" else np.uint8)
    if name == "x":
        for first in range(0, N, 251 << 16):
            part = values[first : first + (251 << 16)]
            part[:] = np.resize(np.arange(251, dtype=np.uint8), part.size)
    for k, mark in enumerate(MARKS if name != "x" else []):
        values[slice(mark, None) if name == "s" else mark] = k + 1  # s ascends
    return xp.asarray(values)


#: Calls -> what comes of them: an element at the places k, or (without k) all of it.
CASES: dict[str, str] = {
    # -- shapes and copies
    "x.copy()": "p(k)",
    "x[::-1].copy()": "p(N-1-k)",
    "x[EDGE-3:].copy()": "p(EDGE-3+k)",
    "x[::2].copy()": "p(2*k)",
    "x[:-2:3].copy()": "p(3*k)",
    "flip(x) + 0": "p(N-1-k)",
    "roll(x,3)": "p((k-3)%N)",
    "roll(x,EDGE+1)": "p((k-EDGE-1)%N)",
    "roll(x.reshape(7,-1),(1,2),axis=(0,1)).reshape(-1)": "p((k//W-1)%7*W + (k%W-2)%W)",
    "x.reshape(7,-1).T.copy().reshape(-1)": "p(k%7*W + k//7)",
    "x.reshape(-1,7).T.reshape(-1)": "p(k%W*7 + k//W)",
    "rot90(x.reshape(7,-1)).reshape(-1)": "p(k%7*W + W-1-k//7)",
    "swapaxes(x.reshape(7,7,-1),0,1).reshape(-1)": "p(k//(W//7)%7*W + k//W*(W//7) + k%(W//7))",
    "fliplr(x.reshape(7,-1)).copy().reshape(-1)": "p(k//W*W + W-1-k%W)",
    "x.reshape(7,-1)[6,-1]": "p(N-1)",
    "x.reshape(7,-1)[:,-3:].copy()": "p(np.arange(7)[:,None]*W + W-3+np.arange(3))",
    "ravel(x)": "p(k)",
    "concat([x[7:],x[:7]])": "p((k+7)%N)",
    "concat([x.reshape(7,-1)[3:],x.reshape(7,-1)[:3]]).reshape(-1)": "p((k+3*W)%N)",
    "hstack([x[5:],x[:5]])": "p((k+5)%N)",
    "stack([x[:HALF],x[5:HALF+5]]).reshape(-1)": "p(k%(HALF) + 5*(k//(HALF)))",
    "column_stack([x[:HALF],x[5:HALF+5]]).reshape(-1)": "p(k//2 + 5*(k%2))",
    "append(x,x[7:8])": "np.where(k==N, 7, p(k))",
    "insert(x,EDGE+1,9)": "np.where(k==EDGE+1, 9, p(k-(k>EDGE+1)))",
    "insert(x,[3,EDGE+1],[8,9])": "np.where(k==3, 8, np.where(k==EDGE+2, 9, p(k-1*(k>3)-1*(k>EDGE+2))))",
    "delete(x,EDGE+1)": "p(k+(k>=EDGE+1))",
    "delete(x,slice(2,5))": "p(k+3*(k>=2))",
    "tile(x[:5],EDGE//5+2)": "p(k%5)",
    "tile(x[:3000],(EDGE//3000+1,1)).reshape(-1)": "p(k%3000)",
    "repeat(x[:HALF],2)": "p(k//2)",
    "repeat(x[:5],[EDGE,1,2,3,4])": "p(np.searchsorted([EDGE,EDGE+1,EDGE+3,EDGE+6,EDGE+10],k,side='right'))",
    "resize(x[:1000],N)": "p(k%1000)",
    "pad(x,(1,2))": "np.where((k>0)&(k<=N), p(k-1), 0)",
    "pad(x,(3,2),'edge')": "p(np.clip(k-3,0,N-1))",
    "pad(x,(3,2),'wrap')": "p((k-3)%N)",
    "pad(x,(3,2),'reflect')": "p(np.where(k<3,3-k,np.where(k>=N+3,2*N+1-k,k-3)))",
    "split(x,7)[6].copy()": "p(6*W+k)",
    "array_split(x,4)[3].copy()": "p(N-N//4+k)",
    "unstack(x.reshape(7,-1))[6].copy()": "p(6*W+k)",
    "trim_zeros(z)": "np.isin(k+3,MARKS)*np.minimum(np.searchsorted(MARKS,k+3)+1,4)",
    "broadcast_to(x[5:6],(N,)).copy()": "5+0*k",
    "ascontiguousarray(x[::-1])": "p(N-1-k)",
    "atleast_2d(x).copy().reshape(-1)": "p(k)",
    "block([x[9:],x[:9]])": "p((k+9)%N)",
    "moveaxis(x.reshape(7,-1),0,1).copy().reshape(-1)": "p(k%7*W + k//7)",
    # -- dtypes
    "x.astype(int8)": "p(k).astype(np.int8)",
    "x.astype(bool)": "p(k)!=0",
    "(x > 100).astype(uint8)": "p(k)>100",
    "x.view(int8).copy()": "p(k).astype(np.int8)",
    "from_dlpack(x).copy()": "p(k)",
    "asarray(x,copy=True)": "p(k)",
    "asnumpy(x[::2])": "p(2*k)",
    "frombuffer(bytes(N),uint8)": "0*k",
    "asarray(np.full(N,7,np.uint8))": "7+0*k",
    # -- creation
    "zeros(N,uint8)": "0*k",
    "ones(N,bool)": "1+0*k",
    "full(N,7,uint8)": "7+0*k",
    "full_like(x,9)": "9+0*k",
    "zeros_like(x)": "0*k",
    "eye(SIDE,dtype=uint8).reshape(-1)": "k%SIDE==k//SIDE",
    "eye(SIDE,SIDE,5,dtype=uint8).reshape(-1)": "k%SIDE==k//SIDE+5",
    "identity(SIDE,dtype=int8).reshape(-1)": "k%SIDE==k//SIDE",
    "tri(SIDE,dtype=uint8).reshape(-1)": "k%SIDE<=k//SIDE",
    "tril(ones((SIDE,SIDE),uint8)).reshape(-1)": "k%SIDE<=k//SIDE",
    "triu(ones((SIDE,SIDE),bool)).reshape(-1)": "k%SIDE>=k//SIDE",
    "diag(x[:SIDE]).reshape(-1)": "np.where(k%SIDE==k//SIDE, p(k//SIDE), 0)",
    "diagonal(x[:SIDE**2-SIDE].reshape(SIDE-1,SIDE))": "p(np.arange(SIDE-1)*(SIDE+1))",
    "trace(ones((SIDE,SIDE),uint8))": "SIDE",
    "(fill_diagonal(a := zeros((SIDE,SIDE),uint8),1) or a).reshape(-1)": "k%SIDE==k//SIDE",
    "meshgrid(x[:SIDE],x[:SIDE],copy=False)[0].copy().reshape(-1)": "p(k%SIDE)",
    # -- elementwise, of several steps
    "x * 3 + 1": "p(k)*3+1",
    "x + x[::-1]": "p(k)+p(N-1-k)",
    "where(x > 100,x,7)": "np.where(p(k)>100,p(k),7)",
    "clip(x,9,200)": "np.clip(p(k),9,200)",
    "select([x > 200,x > 100],[x,1],2)": "np.where(p(k)>200,p(k),np.where(p(k)>100,1,2))",
    "isin(x,[3,9])": "np.isin(p(k),[3,9])",
    "diff(x)": "p(k+1)-p(k)",
    "ediff1d(x)": "p(k+1)-p(k)",
    "outer(x[:SIDE],x[:SIDE]).reshape(-1)": "p(k//SIDE)*p(k%SIDE)",
    "kron(x[:SIDE],x[:SIDE])": "p(k//SIDE)*p(k%SIDE)",
    "nan_to_num(x)": "p(k)",
    "convolve(x,asarray([1,2],dtype=uint8))": "p(k)*(k<N)+2*p(np.maximum(k-1,0))*(k>0)",
    "isclose(x[::64],7)": "p(64*k)==7",
    "real(x)+imag(x)": "p(k)",
    "twice(x)": "p(k)*2",
    # -- reductions
    "sum(x)": "TOTAL",
    "sum(x,dtype=uint32)": "TOTAL%2**32",
    "sum(x > 100)": "ABOVE",
    "count_nonzero(x)": "N-ZEROS",
    "count_nonzero(x > 100)": "ABOVE",
    "prod(x[:5] + 1)*prod(x,dtype=uint8)": "0",
    "mean(x)": "TOTAL/N",
    "average(x)": "TOTAL/N",
    "std(x)": "DEVIATION",
    "var(x)": "DEVIATION**2",
    "max(z)": "4",
    "min(z)": "0",
    "ptp(z)": "4",
    "argmax(z)": "EDGE+2",
    "argmax(z[::-1])": "2",
    "argmin(x[::-1])": "(N-1)%251",
    "argmax(b)": "3",
    "argmax(b[EDGE-4:])": "3",
    "argmin(~b)": "3",
    "argmax(z.reshape(7,-1),axis=1)": "[3,0,0,0,0,0,EDGE+2-6*W]",
    "argmax(z.reshape(-1,7),axis=0)": "[max((m//7 for m in MARKS if m%7==c),default=0) for c in range(7)]",
    "any(b)": "True",
    "all(b)": "False",
    "any(b[EDGE+3:])": "False",
    "all(x < 251)": "True",
    "sum(x.reshape(7,-1),axis=1)": "[sums(r*W,r*W+W) for r in range(7)]",
    "sum(ones((7,W),uint8),axis=0)": "7+0*k",
    "sum(ones((2,HALF),uint8),axis=1)": "[HALF]*2",
    "sum(ones((1,N),bool),axis=1)": "[N]",
    "count_nonzero(b.reshape(7,-1),axis=1)": "[1,0,0,0,0,0,3]",
    "max(z.reshape(-1,7),axis=0)": "[max((j+1 for j,m in enumerate(MARKS) if m%7==c),default=0) for c in range(7)]",
    "any(b.reshape(7,-1),axis=1)": "[1,0,0,0,0,0,1]",
    "sum(x,where=x > 250)": "0",
    "median(z)": "0",
    "percentile(s,50)": "1",
    "quantile(s,1.0)": "4",
    "nansum(x)": "TOTAL",
    "nanmax(z)": "4",
    "nanmin(z)": "0",
    "nanargmax(z)": "EDGE+2",
    "nanmean(x)": "TOTAL/N",
    "linalg.vector_norm(x)": "NORM",
    "trapezoid(x)": "TOTAL-(p(0)+float(p(N-1)))/2",
    "add.reduce(x)": "TOTAL",
    "maximum.reduce(z)": "4",
    # -- products
    "vecdot(x,x)": "SQUARES%256",
    "dot(x,x)": "SQUARES%256",
    "matmul(x,x)": "SQUARES%256",
    "inner(x,x)": "SQUARES%256",
    "vdot(x,x)": "SQUARES%256",
    "tensordot(x,x,1)": "SQUARES%256",
    "einsum('i,i->',x,x)": "SQUARES%256",
    "einsum('i->',x)": "TOTAL%256",
    "einsum('ij->ji',x.reshape(7,-1)).reshape(-1)": "p(k%7*W + k//7)",
    "matmul(x.reshape(7,-1),ones((W,1),uint8)).reshape(-1)": "[sums(r*W,r*W+W)%256 for r in range(7)]",
    "matmul(ones((1,7),uint8),x.reshape(7,-1)).reshape(-1)": "sum(p(r*W+k) for r in range(7))",
    "matmul(x[:SIDE].reshape(-1,1),x[:SIDE].reshape(1,-1)).reshape(-1)": "p(k//SIDE)*p(k%SIDE)",
    "vecdot(b,b)": "True",
    # -- scans
    "cumulative_sum(x,dtype=uint8)": "running(k)",
    "cumsum(b,dtype=int8)": "np.searchsorted(MARKS,k,side='right')",
    "cumulative_prod(ones(N,int8),dtype=int8)": "1+0*k",
    "nancumsum(x,dtype=uint8)": "running(k)",
    "cumulative_sum(z.reshape(7,-1),axis=0,dtype=uint8).reshape(-1)[-W:].copy()":
        "np.searchsorted([3],k,side='right')*0 + (k==3) + sum((k==m-6*W)*(j+2) for j,m in enumerate(MARKS[1:]))",
    "logical_or.accumulate(b)": "k>=3",
    "maximum.accumulate(z)": "np.searchsorted(MARKS,k,side='right')",
    # -- order
    "sort(x)": "np.searchsorted(np.cumsum(COUNTS),k,side='right')",
    "sort(x,descending=True)": "250-np.searchsorted(np.cumsum(COUNTS[::-1]),k,side='right')",
    "sort(b)": "k>=N-4",
    "sort(x.reshape(7,-1),axis=0).reshape(-1)[-W:].copy()": "np.max([p(r*W+k) for r in range(7)],axis=0)",
    "partition(z,N-3)[N-3:].copy()": "[2,3,4]",
    "((a := z.copy()).sort() or a)[N-5:].copy()": "[0,1,2,3,4]",
    "unique(x)": "np.arange(251)",
    "unique_values(s)": "np.arange(5)",
    "unique_counts(s).counts": "np.diff([0,*MARKS,N])",
    "unique_counts(zeros(N,bool)).counts": "[N]",
    "unique(s,return_counts=True)[1]": "np.diff([0,*MARKS,N])",
    "union1d(x,x[:3])": "np.arange(251)",
    "intersect1d(x,z)": "np.arange(5)",
    "setdiff1d(x,z)": "np.arange(5,251)",
    "searchsorted(s,asarray([1,2,3,4,5],dtype=uint8))": "[*MARKS,N]",
    "searchsorted(s,2,side='right')": "EDGE",
    "bincount(zeros(N,uint8))": "[N]",
    "bincount(s)": "np.diff([0,*MARKS,N])",
    "histogram(s,4,(0,4))[0]": "[3,EDGE-4,1,N-EDGE]",
    "histogram_bin_edges(s,4)": "np.arange(5)",
    # -- indices
    "nonzero(z)[0]": "MARKS",
    "nonzero(b)[0]": "MARKS",
    "where(b)[0]": "MARKS",
    "flatnonzero(z)": "MARKS",
    "argwhere(b)[:,0]": "MARKS",
    "nonzero(b.reshape(7,-1))[1]": "np.asarray(MARKS)%W",
    "z[b]": "[1,2,3,4]",
    "extract(b,z)": "[1,2,3,4]",
    "compress(b,z)": "[1,2,3,4]",
    "take(x,[EDGE+1,-1,5])": "p([EDGE+1,N-1,5])",
    "x[asarray([EDGE+1,-1,5])]": "p([EDGE+1,N-1,5])",
    "x[asarray([-N,-1-EDGE])]": "p([0,N-1-EDGE])",
    "x.reshape(7,-1)[asarray([6,1]),asarray([W-1,2])]": "p([N-1,W+2])",
    "take(x.reshape(7,-1),[W-1,2],axis=1)": "p(np.arange(7)[:,None]*W+[W-1,2])",
    "take_along_axis(x,asarray([EDGE+1,-1,5]),0)": "p([EDGE+1,N-1,5])",
    "x[EDGE+1]": "p(EDGE+1)",
    "x.item(EDGE+1)": "p(EDGE+1)",
    "x.flat[EDGE+1]": "p(EDGE+1)",
    "x.tobytes()[EDGE+1]": "p(EDGE+1)",
    "(a := zeros(N,uint8)).put([EDGE+1,-1],1) or a": "(k==EDGE+1)|(k==N-1)",
    "(a := zeros(N,uint8)).__setitem__(slice(EDGE,None),5) or a": "5*(k>=EDGE)",
    "(a := zeros(N,uint8)).__setitem__(slice(None,None,-1),x) or a": "p(N-1-k)",
    "(a := zeros(N,uint8)).__setitem__(asarray([EDGE+1,-1,5]),asarray([1,2,3],dtype=uint8)) or a":
        "(k==EDGE+1)+2*(k==N-1)+3*(k==5)",
    "(a := zeros(N,uint8)).__setitem__(EDGE+1,9) or a": "9*(k==EDGE+1)",
    "(a := zeros(N,uint8)).__setitem__(b,7) or a": "7*np.isin(k,MARKS)",
    "(a := zeros(N,uint8)).__setitem__(b,asarray([5,6,7,8],dtype=uint8)) or a":
        "np.isin(k,MARKS)*np.minimum(np.searchsorted(MARKS,k)+5,8)",
    "[a := x.copy(), a[EDGE-2:].__iadd__(1)][0]": "p(k)+(k>=EDGE-2)",
    "putmask(a := zeros(N,uint8),b,7) or a": "7*np.isin(k,MARKS)",
    "place(a := zeros(N,uint8),b,[7]) or a": "7*np.isin(k,MARKS)",
    "add.at(a := zeros(N,uint8),asarray([EDGE+1,4,EDGE+1]),asarray([1,1,1],dtype=uint8)) or a": "2*(k==EDGE+1)+(k==4)",
    "copyto(a := zeros(N,uint8),3) or a": "3+0*k",
    "choose(z[EDGE-2:],[1,2,3,4,5])": "[1,3,4,1,5,1,1]",
    "unravel_index(asarray([EDGE+3]),(3,2**30))[1]": "[3]",
    "ravel_multi_index((asarray([2]),asarray([3])),(3,2**30))": "[EDGE+3]",
    "asarray(array_equal(x,x))": "True",
    "asarray(array_equiv(x,x))": "True",
    "asarray(array_equal(z,(a := z.copy()).__setitem__(EDGE+3,1) or a))": "False",
    "(a := x.copy()).fill(6) or a": "6+0*k",
    "(random.default_rng(3).shuffle(a := b.copy()) or a).sum()": "4",
}  # fmt: skip


#: Of elementwise functions: all of two operands are called with a number, and with an array.
ELEMENTWISE = [
    call
    for name, row in ROWS.items()
    for call in ([f"{name}(x)"] if row.operands == 1 else [f"{name}(x,3)", f"{name}(x,x)"])
]

# -- what is expected ------------------------------------------------------------------------------


def _sums(first: int, stop: int) -> int:
    """The sum of x's elements from `first` to `stop`."""

    def until(k: int) -> int:
        whole, rest = divmod(k, 251)
        return whole * (251 * 250 // 2) + rest * (rest - 1) // 2

    return until(stop) - until(first)


def _running(k: np.ndarray) -> np.ndarray:
    """The running sum of x, in bytes."""
    whole, rest = np.divmod(k + 1, 251)
    return (whole * (251 * 250 // 2) + rest * (rest - 1) // 2) % 256


COUNTS = N // 251 + (np.arange(251) < N % 251)  #: how often each number is in x
TOTAL, SQUARES = int(COUNTS @ np.arange(251)), int(COUNTS @ np.arange(251) ** 2)
WORDS = {
    **{
        "np": np,
        "N": N,
        "W": N // 7,
        "SIDE": SIDE,
        "HALF": HALF,
        "EDGE": EDGE,
        "MARKS": MARKS,
        "p": p,
        "COUNTS": COUNTS,
    },
    **{"TOTAL": TOTAL, "SQUARES": SQUARES, "NORM": SQUARES**0.5, "DEVIATION": (SQUARES / N - (TOTAL / N) ** 2) ** 0.5},
    **{"COUNTS": COUNTS, "ZEROS": int(COUNTS[0]), "ABOVE": int(COUNTS[101:].sum()), "sums": _sums, "running": _running},
}


def places(size: int) -> list[tuple[int, int]]:
    """Runs of an array's elements that are looked at: the first, the last, those around the edges, and others."""
    rng = np.random.default_rng(7)
    middles = [150, 2**30, 2**31, 2**31 + 150, size - 150, *rng.integers(0, size, 50).tolist()]
    return [(max(m - 150, 0), min(m + 150, size)) for m in middles if m - 150 < size]


# -- one call --------------------------------------------------------------------------------------

#: The arrays of a process, of which it holds no more than a call needs.
held: dict[str, Any] = {}
#: Bytes that a process may take.
MOST = 7 << 30
NO_ROOM = "no fault:"  #: begins what is told of a call that needs more


def attempt(request: tuple[str, str]) -> str:
    """What a worker does: one call on a device.  What is wrong; empty if nothing."""
    place, call = request
    resource.setrlimit(resource.RLIMIT_DATA, (MOST, MOST))
    names = {node.id for node in ast.walk(ast.parse(call)) if isinstance(node, ast.Name)}
    with xp.device(place):
        for name in set(held) - names:
            del held[name]
        xp.release_memory()
        functions = {name: getattr(xp, name) for name in dir(xp)}
        try:
            for name in (names & set("xzbs")) - set(held):
                held[name] = made(name)
            got = eval(call, {**functions, **WORDS, **held, "twice": xp.fuse(lambda x: x * 2)})
        except MemoryError as error:
            return f"{NO_ROOM} {str(error)[:100]}"
        except Exception as error:
            return f"{type(error).__name__}: {str(error)[:200]}"
        return _difference(call, functions, got)


def _difference(call: str, functions: dict[str, Any], got: Any) -> str:
    expected = CASES.get(call)
    if expected is None or "k" in {n.id for n in ast.walk(ast.parse(expected)) if isinstance(n, ast.Name)}:
        runs = places(got.size)
        k = np.concatenate([np.arange(*run) for run in runs])
        values = np.concatenate([_host(got[first:stop]) for first, stop in runs])
        if expected is None:  # as few elements are
            want = _host(eval(call, {**functions, "x": xp.asarray(p(k))}))
        else:
            want = np.broadcast_to(eval(expected, {**WORDS, "k": k}), k.shape).astype(np.int64).astype(values.dtype)
        wrong = np.flatnonzero(values != want)
        if wrong.size:
            first = wrong[0]
            return f"{wrong.size} of {k.size} elements; the first at {k[first]:,}: {values[first]}, not {want[first]}"
        return ""
    values, want = _host(got), np.asarray(eval(expected, WORDS))
    if values.shape != want.shape:
        return f"shape {values.shape}, not {want.shape}"
    return "" if np.allclose(values, want, rtol=1e-6, atol=0) else f"{values}, not {want}"[:300]


def _host(value: Any) -> np.ndarray:
    return xp.asnumpy(value) if isinstance(value, xp.Array) else np.asarray(value)


def _keeps_bytes(call: str) -> bool:
    """Whether an elementwise function of bytes gives bytes: all others would take eight times the memory."""
    try:
        return bool(eval(call, {**vars(xp), "x": xp.asarray(p([1, 2, 3]), device="host")}).dtype.itemsize == 1)
    except xp.UnsupportedDTypeError:
        return False


def walk(place: str, only: list[str]) -> Iterator[tuple[str, str, float]]:
    """All calls, or those that name a function in `only`; what is wrong with each, and the seconds it took."""
    with Worker(attempt, limit=600) as worker:
        for call in [*CASES, *filter(_keeps_bytes, ELEMENTWISE)]:
            if only and not any(name in only for name in re.findall(r"\w+", call)):
                continue
            start = time.monotonic()
            try:
                wrong = worker.ask((place, call))
            except Died as died:
                wrong = str(died)
            except MemoryError as error:  # before the call: of what it takes
                wrong = f"{NO_ROOM} {str(error)[:100]}"
            if wrong.startswith(NO_ROOM):
                worker.close()  # the next one begins with all its memory
            yield call, wrong, time.monotonic() - start


def main() -> int:
    """1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("device", nargs="*", default=["host"])
    parser.add_argument("--only", action="append", default=[], metavar="FUNCTION", help="may be repeated")
    options = parser.parse_args()
    failed = 0
    for place in options.device:
        tried = 0
        for call, wrong, seconds in walk(place, options.only):
            tried, failed = tried + 1, failed + (bool(wrong) and not wrong.startswith(NO_ROOM))
            print(f"{place} {seconds:5.1f} s  {call}" + (f"\n    {wrong}" if wrong else ""), flush=True)
        print(f"{place}: {tried} calls")
    print(f"{failed} wrong")
    return min(failed, 1)


if __name__ == "__main__":
    here = str(Path(__file__).parent)
    os.environ["PYTHONPATH"] = os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
    import large_arrays  # by the name under which workers find `attempt`

    sys.exit(large_arrays.main())
