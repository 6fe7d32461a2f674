"""Prices of European options, with a device function for the normal distribution."""

import json
import math

import dpnp
import numba_dpex as dpex
from numba_dpex import kernel_api as kapi

RATE, VOLATILITY = 0.1, 0.2


@dpex.device_func
def normal(x):
    return 0.5 + 0.5 * math.erf(x * math.sqrt(0.5))


@dpex.kernel
def black_scholes(item: kapi.Item, price, strike, years, rate, volatility, call, put):
    i = item.get_id(0)
    spread = volatility * math.sqrt(years[i])
    upper = (math.log(price[i] / strike[i]) + (rate + 0.5 * volatility * volatility) * years[i]) / spread
    lower = upper - spread
    now = strike[i] * math.exp(-rate * years[i])
    call[i] = price[i] * normal(upper) - now * normal(lower)
    put[i] = call[i] - price[i] + now


def main():
    n = 24
    price, strike, years = (dpnp.linspace(low, high, n) for low, high in ((10, 50), (45, 12), (1, 2)))
    call, put = dpnp.zeros(n), dpnp.zeros(n)
    dpex.call_kernel(black_scholes, kapi.Range(n), price, strike, years, RATE, VOLATILITY, call, put)
    return dpnp.asnumpy(dpnp.stack([call, put]))


print(json.dumps(main().tolist()))
