/*
 * Which variant of the kernels this processor runs.
 */
#include <stddef.h>

#include "Variants.h"

LanternKernels lantern_kernels;

const LanternKernels *
lantern_kernels_variant(int i)
{
#ifdef LANTERN_X86_64
	__builtin_cpu_init();
	if (i == 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
		__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
		__builtin_cpu_supports("avx512vnni"))
		return &lantern_kernels_avx512;
	if (i == 1 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
		__builtin_cpu_supports("f16c") && __builtin_cpu_supports("popcnt"))
		return &lantern_kernels_avx2;
#endif
	return i == 0 ? &lantern_kernels_portable : NULL;
}

__attribute__((constructor))
static void
choose_kernels(void)
{
	for (int i = 0; i < LANTERN_KERNEL_VARIANTS; i++)
	{
		const LanternKernels *variant = lantern_kernels_variant(i);

		if (variant != NULL)
			lantern_kernels = *variant;
	}
}
