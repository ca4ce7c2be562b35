"""Scripts without spaces between words: siblings are found and become one procedure, and what is foreign is met with silence."""

from collections.abc import Callable, Sequence

import pytest

from memp.memory import ProceduralMemory

Opener = Callable[..., ProceduralMemory]


class NotAtHand:
    """A source without a model, as for a language that the model does not read: words alone are compared."""

    why_not = "there is no model"

    def get(self) -> None:
        return None


SIBLINGS = [
    ("查询{}的天气并发送邮件", ["上海", "北京", "广州"], "深圳"),
    ("「{}」という題でブログ記事を公開する", ["春のセール", "夏のキャンプ", "新しい店"], "冬の旅"),
    ("จองโรงแรมใน{}สำหรับสองคน", ["กรุงเทพ", "เชียงใหม่", "ภูเก็ต"], "พัทยา"),
    ("ຈອງໂຮງແຮມໃນ{}", ["ວຽງຈັນ", "ປາກເຊ", "ຫຼວງພະບາງ"], "ສະຫວັນນະເຂດ"),
]


def steps(value: str) -> list[str]:
    return [f"open_page('/admin') -> ok {value}", f"create(title='{value}') -> id 5", "publish(id=5) -> ok"]


@pytest.mark.parametrize(("task", "values", "other"), SIBLINGS, ids=["zh", "ja", "th", "lo"])
def test_siblings_are_one_procedure_that_another_one_is_given(
    open_memory: Opener, task: str, values: Sequence[str], other: str
):
    memory = open_memory(embedder=NotAtHand())
    memory.record("写一首关于春天的诗", ["write(text='春') -> ok", "save(path='a') -> ok"], "success")
    for value in values:
        memory.record(task.format(value), steps(value), "success")
    assert [len(procedure.trajectories) for procedure in memory.store.procedures()] == [1, len(values)]
    (match,) = memory.recall(task.format(other)).matches
    assert match.procedure.id == 2


TASKS = {
    "ja": [
        "ブログに記事を公開する",
        "顧客に請求書を送る",
        "サーバーを再起動する",
        "会議室を予約する",
        "在庫の数を更新する",
    ],
    "zh": ["在博客上发布文章", "给客户发送发票", "重启服务器", "预订会议室", "更新库存数量"],
    "th": ["เผยแพร่บทความในบล็อก", "ส่งใบแจ้งหนี้ให้ลูกค้า", "รีสตาร์ทเซิร์ฟเวอร์", "จองห้องประชุม", "อัปเดตจำนวนสินค้า"],
}
ASKED = [
    ("会社のブログに新しい記事を公開する", 1), ("本番サーバーを再起動してください", 3), ("明日の午後に会議室を予約する", 4),
    ("在公司博客上发布一篇新文章", 6), ("预订明天下午的会议室", 9),
    ("เผยแพร่บทความใหม่ในบล็อกของบริษัท", 11), ("รีสตาร์ทเซิร์ฟเวอร์หลัก", 13), ("จองห้องประชุมพรุ่งนี้", 14),
]  # fmt: skip
FOREIGN = [
    "春についての詩を書く",
    "パスタを作る",
    "犬を散歩に連れて行く",
    "写一首关于春天的诗",
    "做意大利面",
    "查询汇率",
    "เล่นเพลง",
    "ทำพาสต้า",
]


def test_a_task_in_other_words_is_found_and_a_foreign_one_is_not(open_memory: Opener):
    memory = open_memory(embedder=NotAtHand())
    for number, task in enumerate(task for tasks in TASKS.values() for task in tasks):
        memory.record(task, [f"do_{number}(x=1) -> ok", f"end_{number}(y=2) -> ok"], "success")
    given = {task: [match.procedure.id for match in memory.recall(task).matches] for task, _ in ASKED}
    assert given == {task: [number] for task, number in ASKED}
    assert [task for task in FOREIGN if memory.recall(task).matches] == []
