"""Whether digits and letters that look like a number of some kind are one: checksums and ranges.

Knows: Luhn (ISO/IEC 7812), MOD 97-10 (ISO 7064) with the lengths of ISO 13616, and what the USA
never issued as a social security number. Must never know: where a value was found. Pure. Called by
`gateway.masking.classes`.
"""

from __future__ import annotations

IBAN_LENGTHS = {
    country.encode(): length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL SD FK", 19: "MK SI", 20: "AT BA EE KZ LT LU XK MN",
        21: "CH HR LI LV", 22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM TL SO",
        24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST", 26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA", 30: "JO KW MU", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
"""Characters of an IBAN by its country."""


def luhn(digits: bytes) -> bool:
    """Whether the last digit is the check digit of those before it."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = digit - 0x30
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def iban(text: bytes) -> bool:
    """Of capital letters and digits only, of its country's length."""
    if IBAN_LENGTHS.get(text[:2]) != len(text):
        return False
    turned = (text[4:] + text[:4]).decode()
    return int("".join(str(int(each, 36)) for each in turned)) % 97 == 1


def ssn(digits: bytes) -> bool:
    """Nine digits that could have been issued; that is all that can be told."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return area not in (b"000", b"666") and area < b"900" and group != b"00" and serial != b"0000"
