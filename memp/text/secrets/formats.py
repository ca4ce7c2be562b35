"""Secrets that their form tells, wherever they stand: keys of services, private keys, web tokens, hashes of passwords.

Each row has what such a secret begins with, or holds: looking for it first spares a text without it the pattern, and compiling it.
"""

import re
from collections.abc import Iterator

from memp.text.patterns import Pattern

_BASE64 = r"[A-Za-z0-9+/]"

_PRIVATE_KEY = Pattern(
    r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:.{0,16000}?-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----|(?:(?:\s|\\[nr]|[\"'+,])*[A-Za-z0-9+/=]{16,})*)",
    re.DOTALL,
)

# "-----BEGIN ... PRIVATE KEY" in base64; a certificate begins as a key does, and says later which of the two it is.
_ENCODED = Pattern(
    r"LS0tLS1CRUdJTi(?=[A-Za-z0-9+/]{0,60}(?:UFJJVkFURSBLRV|BSSVZBVEUgS0VZ|QUklWQVRFIEtFW))[A-Za-z0-9+/]{40,16000}+={0,2}(?:[ \t]{0,16}\n[ \t]{0,16}[A-Za-z0-9+/]{40,76}+={0,2}){0,200}"
)

_FORMS: tuple[tuple[tuple[str, ...], str], ...] = (
    # Language models.
    (("sk-",), r"sk-ant-[\w-]{16,}|sk-(?:proj|svcacct|admin|or-v1|lf)-[\w-]{20,}|sk-(?=[\w-]{0,100}\d)[\w-]{20,}"),
    (("hf_", "api_org_"), r"hf_[A-Za-z0-9]{20,}|api_org_[A-Za-z0-9]{30,}"),
    (("gsk_", "xai-", "pplx-", "nvapi-", "pcsk_"),
     r"gsk_[A-Za-z0-9]{40,}|xai-[A-Za-z0-9]{60,}|pplx-[A-Za-z0-9]{40,}|nvapi-[\w-]{50,}|pcsk_\w{40,}"),
    (("r8_", "fw_", "lsv2_"), r"r8_[A-Za-z0-9]{30,}|fw_[A-Za-z0-9]{20,}|lsv2_(?:pt|sk)_\w{30,}"),
    (("AIza", "ya29.", "GOCSPX-", "1//0"), r"AIza[\w-]{30,}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}|1//0[\w-]{30,}"),
    (("sk_", "fc-", "AQ.", "e2b_"), r"sk_[0-9a-f]{48}\b|fc-[0-9a-f]{32}\b|AQ\.[A-Z][\w-]{40,}|e2b_[0-9a-f]{40}\b"),
    # Code and packages.
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"), r"gh[pousr]_\w{20,}|github_pat_\w{20,}"),
    (("glpat-", "glrt-", "gldt-", "glcbt-", "gloas-", "glptt-", "glft-", "glagent-", "glsoat-", "glimt-", "glffct-", "glrtr-"),
     r"gl(?:pat|rtr?|dt|cbt|oas|ptt|ft|agent|soat|imt|ffct)-[\w.-]{16,}"),
    (("GR1348941", "ATBB", "ATCTT", "ATATT", "BBDC-"),
     r"GR1348941[\w-]{20,}|ATBB[A-Za-z0-9]{28,}|AT(?:CT|AT)T3[\w=-]{30,}|BBDC-[\w+/]{30,}"),
    (("CCIPRJ_", "CCIPAT_", "bkua_", "bkat_", "sqp_", "squ_", "sqa_"), r"CCIP(?:RJ|AT)_\w{30,}|bk[ua][at]_\w{30,}|sq[pua]_[0-9a-f]{40}"),
    (("npm_", "pypi-", "rubygems_", "oy2", "AKC", "cmVmdGtu", "cio"),
     r"npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}|rubygems_[0-9a-f]{40,}|oy2[a-z0-9]{43}|AKC[A-Za-z0-9]{60,}|cmVmdGtu[A-Za-z0-9]{40,}"
     r"|cio[A-Za-z0-9]{32}\b"),
    (("dckr_",), r"dckr_(?:pat|oat)_[\w-]{20,}"),
    (("PMAK-", "figd_", "sbp_", "sb_secret_", "sntry", "glsa_", "glc_", "eyJrIjoi"),
     r"PMAK-[\w-]{40,}|figd_[\w-]{30,}|sbp_[0-9a-f]{40}|sb_secret_[\w-]{20,}|sntry[us]_[\w+/=]{40,}|glsa_\w{32,}"
     r"|glc_[\w+/-]{32,}=*|eyJrIjoi[\w+/]{60,}=*"),
    # Payments, flags, wallets.
    (("access-", "FLWSECK", "sdk-"),
     r"access-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f-]{27}|FLWSECK(?:_TEST)?-[A-Za-z0-9]{12,}(?:-\w+)*"
     r"|sdk-[0-9a-f]{8}-[0-9a-f-]{27}"),
    (("prv",), r"\b[txyzv]prv[1-9A-HJ-NP-Za-km-z]{100,}"),
    # Clouds.
    (("y0_", "AQVN", "p8e-"), r"y0_[\w-]{50,}|AQVN[\w-]{30,}|p8e-[\w-]{30,}"),
    (("AKIA", "ASIA", "LTAI", "AKID"),
     r"A[KS]IA[0-9A-Z]{16}\b|LTAI[A-Za-z0-9]{16,}|AKID[A-Za-z0-9]{28,}"),
    (("FwoGZXIvYXdz", "IQoJb3JpZ2lu", "ABSK", "amzn.mws."),
     r"(?:FwoGZXIvYXdz|IQoJb3JpZ2lu)[\w+/%=]{60,}|ABSK[\w+/]{80,}=*|amzn\.mws\.[0-9a-f-]{36}"),
    (("8Q~", "7Q~"), r"\w{3}[78]Q~[\w.~-]{30,}"),
    (("dop_v1_", "doo_v1_", "dor_v1_"), r"do[por]_v1_\w{30,}"),
    (("HRKU-", "nfp_", "nfo_", "nfc_", "rnd_", "pscale_", "napi_", "v1.0-"),
     r"HRKU-[\w-]{30,}|nf[poc]_[A-Za-z0-9]{30,}|rnd_[A-Za-z0-9]{28,}|pscale_(?:pw|tkn|oauth)_[\w.-]{30,}|napi_[a-z0-9]{50,}"
     r"|v1\.0-[0-9a-f]{24}-[0-9a-f]{100,}"),
    (("fo1_", "fm1", "fm2_", "tskey-", "dapi", "dp."),
     r"fo1_[\w-]{40,}|fm(?:1[ar]|2)_[\w+/]{80,}=*|tskey-[a-z]{2,12}-[\w-]{20,}|dapi[0-9a-f]{32}(?:-\d)?"
     r"|dp\.(?:ct|pt|st|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,}"),
    (("hvs.", "hvb.", "hvr.", ".atlasv1.", "pul-", "ops_eyJ", "A3-", "AGE-SECRET-KEY-1", "st."),
     r"hv[sbr]\.[\w-]{24,}|\w{14}\.atlasv1\.[\w=-]{40,}|pul-[0-9a-f]{40}|ops_eyJ[\w+/=]{60,}"
     r"|A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}|AGE-SECRET-KEY-1[A-Z0-9]{50,}"
     r"|st\.[0-9a-f]{24}\.[0-9a-f]{32}\.[0-9a-f]{32}"),
    (("AZDO", "JQQJ99"), r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}|[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{26,}"),
    # Messages.
    (("xox", "xapp-", "xwfp-"), r"xox[abeoprs](?:\.xox[bp])?-[\w-]{10,}|x(?:app|wfp)-\d-[\w-]{30,}"),
    (("AAF", ":AA", "bot"), r"(?:bot)?\d{8,10}:AA[\w-]{32,35}"),
    (("M", "N", "O"), r"[MNO][A-Za-z\d]{23,27}\.[\w-]{6}\.[\w-]{27,40}"),
    (("xkeysib-", "key-", "-us", "re_", "SG.", "SK"),
     r"xkeysib-[0-9a-f]{64}-\w{16}|key-[0-9a-f]{32}\b|[0-9a-f]{32}-us\d{1,2}\b|re_[A-Za-z0-9]{6,10}_[A-Za-z0-9]{20,}"
     r"|SG\.[\w-]{16,}\.[\w-]{16,}|SK[0-9a-f]{32}\b"),
    # Payment and shops.
    (("k_live_", "k_test_", "whsec_"), r"[rs]k_(?:live|test)_\w{16,}|whsec_[\w+/=]{24,}"),
    (("EAAA", "sq0", "access_token$"), r"EAAA[\w-]{55,}|sq0[a-z]{3}-[\w-]{20,}|access_token\$\w+\$[0-9a-z]{16}\$[0-9a-f]{32}"),
    (("shpat_", "shpss_", "shpca_", "shppa_"), r"shp(?:at|ss|ca|pa)_[0-9a-fA-F]{32}"),
    # Observing, planning, writing.
    (("NRAK-", "NRAA-", "NRJS-", "NRII-", "NRIQ-", "NRAL"), r"NR(?:AK|AA|JS|II|IQ)-[\w-]{19,}|[0-9a-f]{36}NRAL"),
    (("phx_", "phs_", "lin_", "ntn_", "secret_", "pat", "CFPAT-", "tfp_"),
     r"ph[xs]_[A-Za-z0-9]{40,}|lin_(?:api|oauth)_[A-Za-z0-9]{32,}|ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43}\b"
     r"|pat[A-Za-z0-9]{14}\.[0-9a-f]{64}|pat-[a-z]{2}\d-[0-9a-f-]{36}|CFPAT-[\w-]{40,}|tfp_[\w-]{50,}"),
    (("sl.", "EAAC", "IGQVJ", "WPL_AP1.", "dG9rO"),
     r"sl\.(?:u\.)?[\w-]{120,}|EAAC[A-Za-z0-9]{40,}|IGQVJ[\w-]{80,}|WPL_AP1\.[\w.+/=-]{20,}|dG9rO[A-Za-z0-9+/]{50,}=*"),
    (("sgp_", "VF.", "1000."), r"sgp_(?:[0-9a-f]{16}_|local_)?[0-9a-f]{40}|VF\.(?:DM|WS)\.[0-9a-f]{24}\.\w{16}|1000(?:\.[0-9a-f]{32}){2}"),
    (("00D",), r"00D\w{12}![\w.]{80,}"),
    (("1/", "0/"), r"[01]/\d{16}:[0-9a-f]{32}"),
    (("/AKfy", "APA91b"), r"AAAA[\w-]{7}:APA91b[\w-]{100,}"),
    # Hashes of passwords, which can be guessed from.
    (("$",), r"\$2[abxy]\$\d\d\$[\w./]{53}|\$[a-z0-9][a-z0-9-]{0,20}\$(?:[\w.,=/+@:*-]{1,100}\$){1,4}[\w./+=-]{20,4000}"),
)  # fmt: skip

_KEYS = tuple((beginnings, Pattern(rf"(?<![A-Za-z0-9])(?:{form})")) for beginnings, form in _FORMS)

_WEB_TOKEN = Pattern(r"(?<![A-Za-z0-9])(?:eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}|eyJ[\w-]{8,}\.[\w-]*\.[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}|eyJhIjoi[\w+/=-]{60,}|sk\.eyJ[\w-]{20,}\.[\w-]{20,})")  # fmt: skip
_WEBHOOK = Pattern(
    r"(?<=hooks\.slack\.com/)(?:services|workflows|triggers)/[A-Z]\w{2,30}/(?:\w{3,30}/){0,2}\w{8,}"
    r"|(?<=hooks\.slack-gov\.com/)(?:services|workflows|triggers)/[A-Z]\w{2,30}/(?:\w{3,30}/){0,2}\w{8,}"
    r"|(?<=/webhooks/)\d{15,20}/[\w-]{40,}|(?<=/IncomingWebhook/)[0-9a-f]{32}(?:/[0-9a-f-]{36})?"
)
_PUTTY = Pattern(
    r"(?<=Private-Lines: )\d+\s+[A-Za-z0-9+/=\s]{16,20000}?(?=Private-MAC|$)(?:Private-MAC: [0-9a-f]{32,})?"
)
# A secret beside the identifier that goes with it.
_PAIR = Pattern(
    r"(?:(?<=A[KS]IA[0-9A-Z]{16}[\s,;:\t])|(?<=A[KS]IA[0-9A-Z]{16}\"[\s,;:\t]))[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])"
    r"|(?<=AC[0-9a-f]{32}\", \")[0-9a-f]{32}|(?<=AC[0-9a-f]{32}:)[0-9a-f]{32}"
)

_RUN = Pattern(r"[\w.~+/=$:%!-]{20,}")
"""What is as long as a key, without a space: the beginnings of keys are looked for in such runs only."""

_BY_CONTEXT: tuple[tuple[str, tuple[str, ...], Pattern], ...] = (
    ("private key", ("-----BEGIN",), _PRIVATE_KEY),
    ("private key", ("Private-Lines",), _PUTTY),
    ("private key", ("LS0tLS1CRUdJTi",), _ENCODED),
    ("api key", ("AKIA", "ASIA", "AC"), _PAIR),
)
_BY_FORM: tuple[tuple[str, tuple[str, ...], Pattern], ...] = (
    *(("api key", beginnings, pattern) for beginnings, pattern in _KEYS),
    ("token", ("eyJ",), _WEB_TOKEN),
    ("webhook", ("hooks.slack", "webhook", "Webhook"), _WEBHOOK),
)


def by_form(text: str) -> Iterator[tuple[str, Pattern]]:
    """The kinds and patterns of secrets that a text may hold."""
    yield from _that_may_be(text, _BY_CONTEXT)
    runs = _RUN.findall(text)
    if runs:
        yield from _that_may_be(" ".join(runs), _BY_FORM)


def _that_may_be(text: str, kinds: tuple[tuple[str, tuple[str, ...], Pattern], ...]) -> Iterator[tuple[str, Pattern]]:
    return ((kind, pattern) for kind, beginnings, pattern in kinds if any(b in text for b in beginnings))
