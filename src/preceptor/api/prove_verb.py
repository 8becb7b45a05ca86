"""``preceptor.prove`` and ``preceptor.check_certificate``."""

from pathlib import Path

from preceptor.api.audit_verb import warn
from preceptor.api.certifying import ProofOptions, run_check, run_proof
from preceptor.api.given_bounds import Bounds
from preceptor.api.given_teacher import Classes
from preceptor.api.module_modes import modes_kept
from preceptor.api.words import door
from preceptor.certificates import Certificate, CertificateCheck
from preceptor.certificates import check as check_made
from preceptor.students import Normalise


@door
def prove(
    student: object,
    data: object = None,
    teacher: object = None,
    *,
    around: str | None = None,
    eps: float | None = None,
    least_certainty: bool = False,
    seconds: float = 60.0,
    rounding: str = "absorbed",
    split_inputs: int = 6,
    out: str | Path | None = None,
    export: str | Path | None = None,
    bounds: Bounds | None = None,
    classes: Classes | None = None,
    seed: int = 0,
    trust_pickle: bool = False,
    normalise: Normalise | None = None,
    progress: bool | None = None,
) -> Certificate:
    """Prove that the student is right wherever its teacher is certain, or refute it with a witness.

    The same as ``preceptor prove``. Of the whole domain: *strong* robustness; of the ball around an item:
    *weak* robustness against every attack in it. Student and teacher are feed-forward networks of
    rectifiers, or rules of linear conditions. Nobody is asked but at witnesses.

    >>> import preceptor as pr
    >>> import torch
    >>> net = torch.nn.Linear(2, 2)
    >>> _ = net.weight.data.copy_(torch.tensor([[0.0, -1.0], [0.0, 1.0]])), net.bias.data.zero_()
    >>> pr.prove(net, "plane").status
    'proved'

    Args:
        student: a torch module, or a classifier of scikit-learn whose form is known.
        data: inputs, as of :func:`preceptor.audit`: their domain is asked about.
        teacher: a :class:`preceptor.Model` of such a network, a rule that says its linear conditions, or a
            :class:`preceptor.Panel` of these; the problem's own unless given.
        around: only the ball around the item of this id.
        eps: the ball's radius, in l_inf.
        least_certainty: find from which lead of the teacher's logits on the student is right everywhere.
        seconds: the most time. What is left open is saved, and the same call goes on from there.
        rounding: ``"absorbed"``: conditions are eased so that float32 cannot break the proof; ``"real"``: it is
            about real numbers, and the deviation is stated.
        split_inputs: split boxes of inputs up to so many features, beyond which the exact solver decides.
        out: a folder for ``certificate.json``; a temporary one unless given.
        export: a folder for the same question as other verifiers read it, ``joint.onnx`` and
            ``joint.vnnlib``, before it is proved.
        bounds: of valid inputs.
        classes: the labels' names, or how many there are.
        seed: of the search for a witness.
        trust_pickle: load student files that can run code.
        normalise: what the student was trained behind, as of :func:`preceptor.audit`.
        progress: ``False`` for no bar.

    Returns:
        the certificate.

    Raises:
        InputError: something handed in cannot be used, or is not piecewise linear; says which layer.
    """
    asked = ProofOptions(
        student=student,
        data=data,
        say=warn,
        teacher=teacher,
        around=around,
        eps=eps,
        least=least_certainty,
        seconds=seconds,
        rounding=rounding,
        split_inputs=split_inputs,
        out=out,
        export=export,
        bounds=bounds,
        classes=classes,
        seed=seed,
        trust_pickle=trust_pickle,
        normalise=normalise,
        progress=progress,
    )
    with modes_kept(student, teacher):
        return run_proof(asked)


@door
def check_certificate(
    certificate: Certificate | str | Path,
    student: object = None,
    data: object = None,
    teacher: object = None,
    *,
    seconds: float = 60.0,
    bounds: Bounds | None = None,
    classes: Classes | None = None,
    trust_pickle: bool = False,
    normalise: Normalise | None = None,
) -> CertificateCheck:
    """Check a certificate by another path than the one by which it was made.

    A witness is put to student and teacher as they are; a proof is made again from other bounds. One that
    was loaded from a file needs the student, the data and the teacher that it is about.

    Args:
        certificate: what :func:`preceptor.prove` returned, or its folder.
        student: as of :func:`preceptor.prove`, as are the rest.
        data: likewise.
        teacher: likewise.
        seconds: the most time.
        bounds: of valid inputs.
        classes: the labels' names, or how many there are.
        trust_pickle: load student files that can run code.
        normalise: what the student was trained behind.

    Returns:
        whether it stands, and why.

    Raises:
        InputError: something handed in cannot be used.
    """
    if (
        isinstance(certificate, Certificate)
        and certificate.question is not None
        and student is None
    ):
        return check_made(certificate, seconds=seconds)
    made = certificate if isinstance(certificate, Certificate) else Certificate.load(certificate)
    said = made.facts["question"]
    asked = ProofOptions(
        student=student,
        data=data,
        say=warn,
        teacher=teacher,
        around=said["around"] or None,
        eps=said["eps"],
        bounds=bounds,
        classes=classes,
        trust_pickle=trust_pickle,
        normalise=normalise,
    )
    with modes_kept(student, teacher):
        return run_check(made, asked, seconds)
