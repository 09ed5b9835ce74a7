float lantern_l2sq_f32(const float *a, const float *b, int n);
