"""Students of texts: functions, scikit-learn, a module with its tokenizer, transformers."""

import numpy as np
import pytest
import torch
from torch import nn

from preceptor.core import InputError, Student, TextDomain, Texts
from preceptor.students import TokenizedStudent, TorchStudent, as_student, load_student
from preceptor.teachers import Model, Rule

TEXTS = Texts(("a good film", "a bad film", "good good", "bad", "no word of either"))
FIELDS = ("premise", "hypothesis")


def labels(texts: list[str]) -> list[int]:
    return [int("good" in text) for text in texts]


def probabilities(texts: list[str]) -> np.ndarray:
    return np.array([[0.2, 0.8] if "good" in text else [0.9, 0.1] for text in texts])


def logits(texts: list[str]) -> torch.Tensor:
    return torch.tensor([[0.0, 1.5] if "good" in text else [1.0, 0.5] for text in texts])


def tokens(texts: list[str]) -> torch.Tensor:
    return torch.tensor([[text.count("good"), text.count("bad")] for text in texts]).float()


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(2, 2)
        with torch.no_grad():
            self.linear.weight.copy_(torch.tensor([[-1.0, 1.0], [1.0, -1.0]]))
            self.linear.bias.copy_(torch.tensor([0.1, 0.0]))
        self.drop = nn.Dropout(0.5)

    def forward(self, counts: torch.Tensor) -> torch.Tensor:
        return self.linear(self.drop(counts))


def sklearn_pipeline() -> object:
    text = pytest.importorskip("sklearn.feature_extraction.text")
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(text.CountVectorizer(), LogisticRegression()).fit(
        [*TEXTS], labels([*TEXTS])
    )


ROWS = {
    "labels": lambda: as_student(labels, items=TEXTS, classes=2),
    "words": lambda: as_student(
        lambda texts: ["yes" if "good" in t else "no" for t in texts],
        items=TEXTS,
        classes=2,
        names=["no", "yes"],
    ),
    "probabilities": lambda: as_student(probabilities, items=TEXTS),
    "logits": lambda: as_student(logits, items=TEXTS),
    "sklearn": lambda: as_student(sklearn_pipeline(), items=TEXTS),
    "tokenized": lambda: TokenizedStudent(Net(), tokens, classes=2, batch=2),
    "tokenized by name": lambda: TokenizedStudent(
        Net(), lambda texts: {"counts": tokens(texts)}, classes=2
    ),
}


@pytest.mark.parametrize("make", ROWS.values(), ids=ROWS)
def test_answers_a_batch_of_texts(make) -> None:
    student = make()
    assert isinstance(student, Student)
    said = student(TEXTS)
    assert said.shape == (5, 2)
    assert said.dtype == torch.float32
    assert student.decide(said).tolist() == labels([*TEXTS])
    rows = torch.tensor([3, 0])
    assert torch.allclose(student(TEXTS[rows]), said[rows], atol=1e-6)
    assert student(TEXTS[:0]).shape == (0, 2)
    assert not student.differentiable


def test_pairs_come_as_tuples_and_tables() -> None:
    pairs = Texts((("a", "b"), ("c", "c")), FIELDS)
    same = as_student(lambda rows: [int(a == b) for a, b in rows], items=pairs, classes=2)
    assert same.decide(same(pairs)).tolist() == [0, 1]
    pandas = pytest.importorskip("pandas")
    from sklearn.compose import make_column_transformer
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    rows = [("good film", "bad"), ("dull thing", "good")] * 4
    table = pandas.DataFrame(rows, columns=FIELDS)
    columns = make_column_transformer(*((CountVectorizer(), name) for name in FIELDS))
    fitted = make_pipeline(columns, LogisticRegression()).fit(table, [1, 0] * 4)
    student = as_student(fitted, items=Texts(tuple(rows), FIELDS))
    assert student.decide(student(Texts(tuple(rows[:2]), FIELDS))).tolist() == [1, 0]


def test_what_takes_no_texts_says_what_to_do() -> None:
    with pytest.raises(InputError, match="TokenizedStudent"):
        TorchStudent(Net(), classes=2).raw(TEXTS)
    with pytest.raises(InputError, match="fails on a list of 5 texts"):
        as_student(lambda x: x.sum(1), items=TEXTS)
    with pytest.raises(InputError, match="no student of texts"):
        as_student(3, items=TEXTS)


def test_rules_and_models_as_teachers() -> None:
    rule = Rule(labels, name="rule", classes=2, version="1")
    one = Rule(lambda text: int("good" in text), name="one", classes=2, version="1", batched=False)
    model = Model(as_student(probabilities, items=TEXTS), name="model", classes=2)
    assert rule(TEXTS).labels.tolist() == one(TEXTS).labels.tolist() == labels([*TEXTS])
    assert model(TEXTS).labels.tolist() == [-1, 0, -1, 0, 0]  # .8 is below .9


@pytest.mark.slow
def test_a_model_folder_of_transformers(tmp_path) -> None:
    transformers = pytest.importorskip("transformers")
    vocabulary = {word: i for i, word in enumerate(["[PAD]", "[UNK]", "a", "good", "bad", "film"])}
    from tokenizers import Tokenizer, models, pre_tokenizers

    raw = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="[PAD]", unk_token="[UNK]"
    )
    config = transformers.DistilBertConfig(
        vocab_size=6,
        dim=8,
        hidden_dim=8,
        n_layers=1,
        n_heads=2,
        max_position_embeddings=16,
        pad_token_id=0,
        id2label={0: "good", 1: "bad"},
        label2id={"good": 0, "bad": 1},
    )
    torch.manual_seed(0)
    model = transformers.DistilBertForSequenceClassification(config).eval()
    model.save_pretrained(tmp_path / "tiny")
    tokenizer.save_pretrained(tmp_path / "tiny")
    student = load_student(tmp_path / "tiny", items=TEXTS, classes=2, names=["bad", "good"])
    said = student(TEXTS)
    with torch.no_grad():
        encoded = tokenizer([*TEXTS], padding=True, return_tensors="pt")
        expected = model(encoded["input_ids"], encoded["attention_mask"]).logits
    assert torch.allclose(said, expected[:, [1, 0]], atol=1e-5)
    pipe = transformers.TextClassificationPipeline(model=model, tokenizer=tokenizer)
    piped = as_student(pipe, items=TEXTS, names=["bad", "good"])
    assert torch.allclose(piped(TEXTS), said, atol=1e-5)
    assert TextDomain().outside(TEXTS).sum() == 0
