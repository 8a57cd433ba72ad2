"""The sentences for codes of rules: between the fields of a record, and between two files.

Knows codes, no file; shared/files/explanations.py is where they are looked up.
"""

from __future__ import annotations

BETWEEN_FIELDS = {
    "parts_do_not_add_up": (
        "内訳の合計が金額と一致しません。",
        "The parts do not add up to the amount.",
    ),
    "amount_differs_from_barcode": (
        "金額がバーコードの金額と一致しません。",
        "The amount is not the one in the barcode.",
    ),
    "amounts_differ": ("二つの金額欄が一致しません。", "The two amounts of the line differ."),
    "limit_before_due": (
        "取扱期限が納期限より前です。",
        "The limit date lies before the due date.",
    ),
    "slip_without_limit_date": (
        "納付書払いなのに取扱期限がありません。",
        "It is paid by slip and has no limit date.",
    ),
    "period_backwards": (
        "対象期間の終わりが始まりより前です。",
        "The period ends before it begins.",
    ),
    "institution_differs": (
        "収納機関番号が見出しレコードと違います。",
        "The institution number is not that of the header.",
    ),
    "category_differs": (
        "納付区分が見出しレコードと違います。",
        "The category is not that of the header.",
    ),
    "mixed_channels": (
        "一つのファイルに二つのチャネルが混ざっています。",
        "One file holds receipts of two channels.",
    ),
    "mixed_formats": (
        "一つのファイルに形式Aと形式Bが混ざっています。",
        "One file holds lines of format A and of format B.",
    ),
    "reason_only_with_delete": (
        "削除理由は処理区分3のときだけ、かつ必ず書きます。",
        "A delete reason stands with proc 3, always and only there.",
    ),
    "reason_only_with_03": (
        "取消理由は速報取消（03）のときだけ、かつ必ず書きます。",
        "A cancel reason stands with a 03, always and only there.",
    ),
    "cancelled_number_only_with_03": (
        "取消対象受付番号は速報取消（03）のときだけ、かつ必ず書きます。",
        "The number of the cancelled receipt stands with a 03, always and only there.",
    ),
    "paid_in_only_with_02": (
        "払込日は確報（02）のときだけ書けます。",
        "A day of pay-in stands with a 02 only.",
    ),
    "booked_only_with_02": (
        "収入日は確報（02）のときだけ書けます。",
        "A day of booking stands with a 02 only.",
    ),
    "code_contradicts_result": (
        "結果とエラーコードが食い違っています。",
        "Result and error code contradict each other.",
    ),
    "item_without_code": (
        "エラーコードがないのにエラー項目があります。",
        "An error item stands without an error code.",
    ),
    "remittance_half_told": (
        "送金日と銀行照会番号の片方しかありません。",
        "Day of remittance and bank reference stand together or not at all.",
    ),
    "remitted_but_status_0": (
        "送金日があるのに、状態が0（受託）です。",
        "There is a day of remittance, but the status is 0 (commissioned).",
    ),
    "status_1_without_day": (
        "状態が1（送金済）なのに送金日がありません。",
        "The status is 1 (remitted), but there is no day.",
    ),
    "remitted_after_designated_date": (
        "状態が1（期限内）なのに、送金日が指定日より後です。",
        "The status is 1, but the remittance came after the designated date.",
    ),
    "late_but_in_time": (
        "状態が2（遅延）なのに、送金日が指定日以前です。",
        "The status is 2 (late), but the remittance came in time.",
    ),
    "key_half_told": (
        "通知書番号・賦課年度・期は、そろえて書くか、すべて空にします。",
        "Notice number, levy year and instalment stand together or not at all.",
    ),
    "claim_half_told": (
        "調定年度・科目・年度区分は、そろえて書くか、すべて空にします。",
        "Assessed year, account and year class stand together or not at all.",
    ),
    "claim_contradicts_match": (
        "突合結果と、調定の欄（調定年度・科目・年度区分）が食い違っています。",
        "The match contradicts the claim (assessed year, account, year class).",
    ),
    "breakdown_half_told": (
        "内訳の7欄は、そろえて書くか、すべて空にします。",
        "The seven amounts of the breakdown stand together or not at all.",
    ),
    "breakdown_contradicts_match": (
        "突合結果と内訳が食い違っています（内訳は一致・一部納付のときだけ）。",
        "The match contradicts the breakdown, which stands with an exact or part payment only.",
    ),
    "exception_contradicts_match": (
        "突合結果と例外コードが食い違っています。",
        "The match contradicts the exception code.",
    ),
}
# What the layout conversion itself finds.
OF_CONVERSIONS = {
    "nothing_to_pay": (
        "金額が0円のため、請求データに入れません。",
        "Nothing is to be paid, so the key is not billed.",
    ),
    "over_assessed": (
        "調定額より多く納付されています（過誤納の確認が必要です）。",
        "More was paid than is assessed; a clerk must look at it.",
    ),
    "no_such_claim": (
        "該当する調定がありません（消込できません）。",
        "No such claim is assessed; the receipt cannot be cleared.",
    ),
    "already_uploaded": (
        "登録済みの納付番号を、もう一度追加しています（センターではE110）。",
        "A live key is added again (the centre answers E110).",
    ),
    "never_uploaded": (
        "登録のない納付番号を変更・削除しています（センターではE120）。",
        "An unknown key is changed or deleted (the centre answers E120).",
    ),
    "claim_twice": (
        "同じ調定（賦課年度・通知書番号・期）が二度あります。",
        "The same claim (levy year, notice number, instalment) stands twice.",
    ),
    "lump_sum_paid": (
        "この通知書は一括で納付されていますが、どの期の分かはファイルからは分かりません。",
        "A lump sum was paid for this notice; no file says which instalments it pays.",
    ),
    "paid_at_centre": (
        "センターで納付済みです。変更・削除はできません（E130）。還付で処理してください。",
        "It was paid at the centre and cannot be changed (E130); the ward must refund.",
    ),
    "newer_issue_at_centre": (
        "センターの納付書の発行回数が、調定データより新しいです。",
        "The centre holds a newer issue than what is assessed here.",
    ),
    "not_assessed_now": (
        "アップロード済みですが、いまの調定データにありません。変更しません。",
        "It was uploaded, but is not among what is assessed now; it is left alone.",
    ),
    "not_app_banking": (
        "アプリバンキングの収納データではありません。そのままでは渡しません。",
        "These are no app-banking receipts; they do not pass unchanged.",
    ),
}
