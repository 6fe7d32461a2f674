"""Prices of European options (F. Black, M. Scholes, "The Pricing of Options and Corporate Liabilities", 1973)."""

from __future__ import annotations

import math

from xpuarray.lang import Range
from xpuarray.launch.kernel import kernel
from xpuarray.launch.launch import call_kernel

__all__ = ["black_scholes", "prices"]

ROOT_OF_HALF = math.sqrt(0.5)


def normal_from_zero(x):
    """The share of the standard normal distribution that lies between 0 and x, negative below 0."""
    return type(x)(0.5) * math.erf(x * type(x)(ROOT_OF_HALF))


@kernel(fastmath={"contract"})
def black_scholes(
    item,  # Item over (n,)
    price,  # in   (n,)  of the asset now
    strike,  # in   (n,)
    years,  # in   (n,)  until the option expires
    rate,  # in   a year, without risk
    volatility,  # in   a year
    call,  # out  (n,)  price of the option to buy
    put,  # out  (n,)  price of the option to sell
):
    i = item.get_id(0)
    s, k, t = price[i], strike[i], years[i]  # all at once: a GPU waits for memory once
    spread = volatility * math.sqrt(t)
    half = type(rate)(0.5)
    d1 = (math.log(s / k) + (rate + half * volatility * volatility) * t) / spread
    n1, n2 = normal_from_zero(d1), normal_from_zero(d1 - spread)
    discounted = k * math.exp(-rate * t)
    call[i] = s * (half + n1) - discounted * (half + n2)
    put[i] = discounted * (half - n2) - s * (half - n1)


def prices(price, strike, years, rate, volatility, call, put):
    """Fill `call` and `put` for options given by three arrays of one dtype and two numbers."""
    number = price.dtype.type
    call_kernel(black_scholes, Range(price.size), price, strike, years, number(rate), number(volatility), call, put)
