#include "kern/set.h"
#define conv_scratch_ref SET(conv_scratch)
#define conv_y_ref SET(conv_y)
#define conv_dx_ref SET(conv_dx)
#define conv_dw_ref SET(conv_dw)
#define dense_y_ref SET(dense_y)
#define dense_dx_ref SET(dense_dx)
#define dense_dw_ref SET(dense_dw)
#define dense_db_ref SET(dense_db)
#include "kern/ref.c"
