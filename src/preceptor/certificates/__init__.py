"""Certificates: proofs, or refutations, that a student is right wherever its teacher is certain.

The map, from what is asked to what is answered:

- ``certificate_question``: student, teacher, domain or ball; asks both as they are.
- ``lowered_students``, ``lowered_teachers``, ``lowering``: both as piecewise-linear networks
  (``piecewise``) and linear conditions; together a ``joint_problem`` of cases.
- ``joint_bounds``, ``contraction``: what rules a case out over a box. ``mixed_integer``: the exact solver.
- ``refuter``: what looks for a witness. ``branching`` over ``open_boxes``: what splits.
- ``proving``: the order of all that; ``float_rounding``: what float32 may add.
- ``certify``: :func:`prove`, the front; ``certificate`` and ``certificate_view``: its result.
- ``certificate_check`` by ``zonotopes``: the same proved again by another path.
- ``vnnlib``, on ``merged_net``: the same question for other verifiers, and back.
- ``least_certainty``: from which lead of the teacher on. ``sampled_certificate``: a bound with a risk.
"""

from preceptor.certificates.certificate import Certificate, ProvedVolume
from preceptor.certificates.certificate_check import CertificateCheck, check
from preceptor.certificates.certificate_question import CertificateQuestion, CertificateWitness
from preceptor.certificates.certify import prove
from preceptor.certificates.least_certainty import least_certainty
from preceptor.certificates.proving import ProofProgress, ProofSettings
from preceptor.certificates.sampled_certificate import SampledCertificate, sampled_certificate
from preceptor.certificates.vnnlib import ImportedQuestion, export_question, import_question

__all__ = [
    "Certificate",
    "CertificateCheck",
    "CertificateQuestion",
    "CertificateWitness",
    "ImportedQuestion",
    "ProofProgress",
    "ProofSettings",
    "ProvedVolume",
    "SampledCertificate",
    "check",
    "export_question",
    "import_question",
    "least_certainty",
    "prove",
    "sampled_certificate",
]
