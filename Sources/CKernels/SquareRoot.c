#include "CKernels.h"

double
lantern_square_root(double x)
{
	return __builtin_elementwise_sqrt(x);
}
