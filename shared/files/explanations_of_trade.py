"""What the codes of the trade's files mean: shop receipts, bank statements, day sheets, pay-ins.

Knows codes, no file; part of the one table of explanations.
"""

from __future__ import annotations

OF_THE_TRADE = {
    "variant_b": (
        "B形式のファイルです（バーコードの位置が1桁左です）。A形式としては読みません。",
        "This is a file of variant B (its barcode stands one byte to the left); not read as A.",
    ),
    "no_block": (
        "見出しから合計までの組が一つもありません。",
        "There is not one block of header to trailer.",
    ),
    "not_cp932": (
        "文字コードが CP932（Shift_JIS）ではないか、書き戻すと別のバイトになる文字があります。",
        "The bytes are not CP932, or would not come back as the same bytes.",
    ),
    "needs_quotes": (
        "引用符で囲むべき項目が、囲まれていません。",
        "A field that must stand in quotes does not.",
    ),
    "wrong_quoting": (
        "引用符の付け方が、この形式と違います。",
        "The quotes do not stand as this format has them.",
    ),
    "differs_from_barcode": (
        "項目の値が、バーコードの中の値と一致しません。",
        "The value differs from what the barcode itself says.",
    ),
    "postal_with_time": (
        "郵便振替（12・22）に収納時刻があります。0000 のはずです。",
        "A postal transfer (12, 22) has a time of day; it should be 0000.",
    ),
    "postal_with_limit_date": (
        "郵便振替（12）のバーコードに支払期限があります。999999 のはずです。",
        "A postal transfer (12) has a limit date in its barcode; it should be 999999.",
    ),
    "transfer_date_missing": (
        "確報・郵便振替なのに、振込日がありません。",
        "A confirmed receipt or postal transfer has no transfer date.",
    ),
    "transfer_date_too_early": (
        "まだ振込日を持たない種別（速報など）に、振込日があります。",
        "A type that has no transfer date yet, such as a preliminary one, has one.",
    ),
    "balance_mismatch": (
        "取引前残高に入出金を加えた額が、取引後残高と一致しません。",
        "The opening balance and the movements do not add up to the closing balance.",
    ),
    "overdrawn_by_nothing": (
        "残高0円なのに貸越（マイナス）とされています。",
        "A balance of 0 yen is marked as overdrawn.",
    ),
    "child_part_before_2026": (
        "子ども・子育て支援納付金分は令和8年度（2026年度）からです。",
        "The children's part exists only from fiscal year 2026.",
    ),
    "levied_after_fiscal_year": (
        "賦課年度が会計年度より後です。",
        "The levy year lies after the fiscal year.",
    ),
    "year_class_contradicts_years": (
        "年度区分（現年度・過年度・滞納繰越）が、会計年度・賦課年度と合いません。",
        "The year class contradicts the fiscal year and the levy year.",
    ),
    "several_municipalities": (
        "一つの計算書に、二つ以上の市区町村があります。",
        "One statement holds more than one municipality.",
    ),
    "period_reversed": (
        "収納日の終わりが、始まりより前です。",
        "The last day of collection is before the first.",
    ),
    "paid_in_before_collected": (
        "払込日が、収納日の終わりより前です。",
        "The money was paid in before the last day of collection.",
    ),
    "amount_without_count": (
        "件数0件なのに金額があるか、件数があるのに金額が0円です。",
        "There is an amount without a count, or a count without an amount.",
    ),
    "part_half_told": (
        "賦課年度と期は、両方あるか両方空です。",
        "Levy year and instalment stand together or not at all.",
    ),
    "pay_in_without_total": (
        "払込ごとの合計行がありません。",
        "A pay-in ends without its total line.",
    ),
    "duplicate_pay_in": ("同じ払込が二度あります。", "The same pay-in stands twice."),
    "pay_ins_out_of_order": (
        "払込が昇順に並んでいません。",
        "The pay-ins are not in order.",
    ),
    "duplicate_part": (
        "同じ賦課年度・期の内訳が二度あります。",
        "The same levy year and instalment stands twice.",
    ),
    "parts_out_of_order": (
        "内訳が賦課年度・期の昇順に並んでいません。",
        "The parts are not in ascending order of levy year and instalment.",
    ),
    "several_days": (
        "一つの日報に、二日以上の収納日があります。",
        "One day sheet holds more than one day.",
    ),
    "branch_without_office_code": (
        "特別出張所（SHU）の行に、窓口コードがありません。",
        "A line of a branch office (SHU) has no office code.",
    ),
    "counter_without_total": (
        "窓口ごとの合計行がありません。",
        "A counter ends without its total line.",
    ),
    "duplicate_counter": ("同じ窓口が二度あります。", "The same counter stands twice."),
    "counters_out_of_order": ("窓口が昇順に並んでいません。", "The counters are not in order."),
    "receipt_half_told": (
        "領収の行に、通知書番号・賦課年度・期のどれかがありません。",
        "A receipt lacks its notice number, levy year or instalment.",
    ),
    "receipt_of_nothing": ("0円の領収です。", "A receipt of 0 yen."),
    "total_tells_a_receipt": (
        "合計行に、領収の項目が書かれています。",
        "A total line holds what only a receipt may hold.",
    ),
    "correction_half_told": (
        "訂正する領収番号と理由は、両方あるか両方空です。",
        "A correction names both the receipt and the reason, or neither.",
    ),
    "corrects_itself": (
        "訂正の行が、自分自身の領収番号を訂正しています。",
        "A correction names its own receipt number.",
    ),
    "malformed_payeasy_keys": (
        "収納機関番号・納付番号・確認番号・納付区分のどれかの桁が正しくありません。",
        "One of the four Pay-easy keys does not have its digits.",
    ),
    "el_qr_layout_unknown": (
        "eL-QRの形式は公表されていないため、読み書きできません。",
        "The layout of the eL-QR is not public: it is neither read nor written.",
    ),
    "el_qr_not_inverse": (
        "eL-QRアダプタの読みと書きが一致しません。",
        "An eL-QR adapter does not read back what it wrote.",
    ),
}
