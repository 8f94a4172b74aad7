"""Asking for memory ahead of its use, so that many reads are under way at once instead of one after the other.

A read that misses the caches takes a hundred times as long as one that does not, but a processor can have some twenty
under way. A loop over people and posts in no order of theirs asks for what its later rounds need; it changes no result.
"""

from collections.abc import Callable
from typing import Any, cast

from sim.arithmetic import compiled_within

try:
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.core.extending import intrinsic

    _POINTER, _DECLARED, _ANY = cgutils.get_item_pointer, cgutils.get_or_insert_function, cgutils.voidptr_t
except (ImportError, AttributeError):  # numba's core is not ours to rely on
    POSSIBLE = False
else:
    POSSIBLE = True
"""Whether numba lets us: a run without is the same, and slower."""


def _fetch(_typing: Any, array: Any, index: Any) -> Any:
    """Ask for the line of memory where `array[index]` (its first entry, if it has more dimensions) begins."""
    if not isinstance(array, types.Array) or not isinstance(index, types.Integer):
        return None

    pointer_to: Any = _POINTER
    declared: Any = _DECLARED

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind, whole = signature.args
        place = context.make_array(kind)(context, builder, arguments[0])
        position = context.cast(builder, arguments[1], whole, types.intp)
        zero = context.get_constant(types.intp, 0)
        positions = [position] + [zero] * (kind.ndim - 1)
        pointer = pointer_to(context, builder, kind, place, positions, wraparound=False)
        address = builder.bitcast(pointer, _ANY)
        number = ir.IntType(32)
        form = ir.FunctionType(ir.VoidType(), [_ANY, number, number, number])
        hint = declared(builder.module, form, "llvm.prefetch.p0i8")
        builder.call(hint, [address, number(0), number(3), number(1)])  # to read, into all caches, data
        return context.get_dummy_value()

    return types.void(array, index), generate


def _nothing(array: Any, index: Any) -> None:
    """Ask for nothing."""


fetch = cast(Callable[[Any, Any], None], intrinsic(_fetch) if POSSIBLE else compiled_within(_nothing))
"""For compiled code only: `fetch(array, index)`."""
