"""Prices of European options (F. Black, M. Scholes, "The Pricing of Options and Corporate Liabilities", 1973)."""

from __future__ import annotations

import math

from xpuarray.lang import Range, call_kernel, kernel

__all__ = ["black_scholes", "prices"]

ROOT_OF_HALF = math.sqrt(0.5)


def normal_distribution(x):
    """The share of the standard normal distribution that lies below x."""
    half = type(x)(0.5)
    return half + half * math.erf(x * type(x)(ROOT_OF_HALF))


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
    spread = volatility * math.sqrt(years[i])
    half = type(rate)(0.5)
    d1 = (math.log(price[i] / strike[i]) + (rate + half * volatility * volatility) * years[i]) / spread
    d2 = d1 - spread
    discounted = strike[i] * math.exp(-rate * years[i])
    call[i] = price[i] * normal_distribution(d1) - discounted * normal_distribution(d2)
    put[i] = discounted * normal_distribution(-d2) - price[i] * normal_distribution(-d1)


def prices(price, strike, years, rate, volatility, call, put):
    """Fill `call` and `put` for options given by three arrays of one dtype and two numbers."""
    number = price.dtype.type
    call_kernel(black_scholes, Range(price.size), price, strike, years, number(rate), number(volatility), call, put)
