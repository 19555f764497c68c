/* Vectors of floats, of the widths that an instruction set has: GCC's vector types, and intrinsics only for what the
 * language has no operator for. A width W gives: vW; load_W and store_W (unaligned), splat_W, fma_W (a b + c, fused
 * where the processor can), larger_W (a > b ? a : b), positive_W (0 for what is below 0, NaN stays). Width 1 is a plain
 * float. */
#ifndef KERN_SIMD_VECTORS_H
#define KERN_SIMD_VECTORS_H

#include <stdint.h>
#include <string.h>

#if defined __x86_64__ || defined __i386__
#include <immintrin.h>
#elif defined __aarch64__
#include <arm_neon.h>
#endif

/* NATIVE: the lanes of a register. Where there are 32 of 4 lanes, two serve as one of 8. The tests ask for a WIDEST of 16 where no
 * register is as wide. */
#if defined __AVX512F__ && defined __AVX512VL__
#define NATIVE 16
#define WIDEST 16
#elif defined __AVX2__
#define NATIVE 8
#ifndef WIDEST
#define WIDEST 8
#endif
#elif defined __aarch64__
#define NATIVE 4
#define WIDEST 8
#else
#define NATIVE 4
#define WIDEST 4
#endif
#define ACCUMULATORS (WIDEST == 16 ? 24 : 12) /* of 32, and of 16 registers */

#if __GNUC__ >= 12 && !defined __clang__ /* its analyzer takes the number of a vector's lanes for that of their bits */
#pragma GCC diagnostic ignored "-Wanalyzer-shift-count-overflow"
#endif

#define ALWAYS static inline __attribute__((always_inline))

/* loops over registers must disappear entirely */
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

#define VECTOR(W) \
	typedef float v##W __attribute__((vector_size(4 * W))); \
	typedef int32_t i##W __attribute__((vector_size(4 * W))); \
	typedef uint64_t l##W __attribute__((vector_size(4 * W))); \
	typedef uint16_t h##W __attribute__((vector_size(4 * W))); \
	typedef float u##W __attribute__((vector_size(4 * W), aligned(4), may_alias)); \
	ALWAYS v##W load_##W(const float *p) { return *(const u##W *)p; } \
	ALWAYS void store_##W(float *p, v##W x) { *(u##W *)p = x; } \
	ALWAYS v##W larger_##W(v##W a, v##W b); \
	ALWAYS v##W positive_##W(v##W x) { return larger_##W((v##W){ 0 }, x); }

VECTOR(4)

ALWAYS v4
splat_4(float x)
{
	return (v4){ x, x, x, x };
}

ALWAYS float load_1(const float *p) { return *p; }
ALWAYS void store_1(float *p, float x) { *p = x; }
ALWAYS float splat_1(float x) { return x; }
ALWAYS float positive_1(float x) { return x < 0 ? 0 : x; }
typedef float v1;

#ifdef __FMA__
ALWAYS v4 fma_4(v4 a, v4 b, v4 c) { return _mm_fmadd_ps(a, b, c); }
ALWAYS float fma_1(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
#elif defined __aarch64__
ALWAYS v4 fma_4(v4 a, v4 b, v4 c) { return vfmaq_f32(c, a, b); }
ALWAYS float fma_1(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
#else
ALWAYS v4 fma_4(v4 a, v4 b, v4 c) { return a * b + c; }
ALWAYS float fma_1(float a, float b, float c) { return a * b + c; }
#endif

/* even and odd: of each 128 bits of a, then of b, every second number */
#ifdef __SSE__
ALWAYS v4 larger_4(v4 a, v4 b) { return _mm_max_ps(a, b); }
ALWAYS v4 even_4(v4 a, v4 b) { return _mm_shuffle_ps(a, b, 0x88); }
ALWAYS v4 odd_4(v4 a, v4 b) { return _mm_shuffle_ps(a, b, 0xdd); }
#else
ALWAYS v4
larger_4(v4 a, v4 b)
{
	const i4 more = a > b;
	return (v4)(((i4)a & more) | ((i4)b & ~more));
}
ALWAYS v4 even_4(v4 a, v4 b) { return (v4){ a[0], a[2], b[0], b[2] }; }
ALWAYS v4 odd_4(v4 a, v4 b) { return (v4){ a[1], a[3], b[1], b[3] }; }
#endif

/* The smaller of integers; bytes as integers; the product of the lower half of each 64 bits and m; and the signs of the halves of lanes, which are 0 or -1: 16 bits
 * for each 4 lanes of both, low halves of a's, of b's, then the high ones. */
#ifdef __SSE4_1__
ALWAYS i4 smaller_4(i4 a, i4 b) { return (i4)_mm_min_epi32((__m128i)a, (__m128i)b); }
#define LOW_THEN_HIGH 0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15
ALWAYS i4
bytes_4(const uint8_t *p)
{
	int four;

	memcpy(&four, p, sizeof four);
	return (i4)_mm_cvtepu8_epi32(_mm_cvtsi32_si128(four));
}
ALWAYS l4 product_4(l4 a, uint32_t m) { return (l4)_mm_mul_epu32((__m128i)a, _mm_set1_epi32((int)m)); }
ALWAYS uint64_t
signs_of_halves_4(i4 a, i4 b)
{
	const __m128i bytes = _mm_packs_epi16((__m128i)a, (__m128i)b);
	return (uint32_t)_mm_movemask_epi8(_mm_shuffle_epi8(bytes, _mm_setr_epi8(LOW_THEN_HIGH)));
}
#else
ALWAYS i4
smaller_4(i4 a, i4 b)
{
	const i4 less = a < b;
	return (a & less) | (b & ~less);
}
ALWAYS i4 bytes_4(const uint8_t *p) { return (i4){ p[0], p[1], p[2], p[3] }; }
ALWAYS l4
product_4(l4 a, uint32_t m)
{
#ifdef __aarch64__
	return (l4)vmull_u32(vmovn_u64((uint64x2_t)a), vdup_n_u32(m));
#else
	return (a & 0xffffffff) * m;
#endif
}
ALWAYS uint64_t
signs_of_halves_4(i4 a, i4 b)
{
	const i4 low = (a & 0x1) | (b & 0x10), high = (a >> 16 & 0x100) | (b >> 16 & 0x1000), all = low | high;

	return (uint32_t)(all[0] | all[1] << 1 | all[2] << 2 | all[3] << 3);
}
#endif

/* the functions of width W by halves of width H */
#define BY_HALVES(W, H) \
	union halves_##W { v##W whole; v##H half[2]; }; \
	ALWAYS v##W join_##W(v##H low, v##H high) { return (union halves_##W){ .half = { low, high } }.whole; } \
	ALWAYS v##H half_##W(v##W x, int i) { return (union halves_##W){ x }.half[i]; } \
	ALWAYS v##W splat_##W(float x) { return join_##W(splat_##H(x), splat_##H(x)); } \
	ALWAYS v##W fma_##W(v##W a, v##W b, v##W c) \
	{ \
		return join_##W(fma_##H(half_##W(a, 0), half_##W(b, 0), half_##W(c, 0)), \
			fma_##H(half_##W(a, 1), half_##W(b, 1), half_##W(c, 1))); \
	} \
	ALWAYS v##W larger_##W(v##W a, v##W b) \
	{ \
		return join_##W(larger_##H(half_##W(a, 0), half_##W(b, 0)), larger_##H(half_##W(a, 1), half_##W(b, 1))); \
	} \
	ALWAYS v##W even_##W(v##W a, v##W b) \
	{ \
		return join_##W(even_##H(half_##W(a, 0), half_##W(b, 0)), even_##H(half_##W(a, 1), half_##W(b, 1))); \
	} \
	ALWAYS v##W odd_##W(v##W a, v##W b) \
	{ \
		return join_##W(odd_##H(half_##W(a, 0), half_##W(b, 0)), odd_##H(half_##W(a, 1), half_##W(b, 1))); \
	} \
	ALWAYS uint64_t signs_of_halves_##W(i##W a, i##W b) \
	{ \
		return signs_of_halves_##H((i##H)half_##W((v##W)a, 0), (i##H)half_##W((v##W)b, 0)) | \
			signs_of_halves_##H((i##H)half_##W((v##W)a, 1), (i##H)half_##W((v##W)b, 1)) << 2 * W; \
	} \
	ALWAYS i##W smaller_##W(i##W a, i##W b) \
	{ \
		return (i##W)join_##W((v##H)smaller_##H((i##H)half_##W((v##W)a, 0), (i##H)half_##W((v##W)b, 0)), \
			(v##H)smaller_##H((i##H)half_##W((v##W)a, 1), (i##H)half_##W((v##W)b, 1))); \
	} \
	ALWAYS i##W bytes_##W(const uint8_t *p) { return (i##W)join_##W((v##H)bytes_##H(p), (v##H)bytes_##H(p + H)); } \
	ALWAYS l##W product_##W(l##W a, uint32_t m) \
	{ \
		return (l##W)join_##W((v##H)product_##H((l##H)half_##W((v##W)a, 0), m), (v##H)product_##H((l##H)half_##W((v##W)a, 1), m)); \
	}

#if WIDEST >= 8
VECTOR(8)
#if NATIVE >= 8
ALWAYS v8 splat_8(float x) { return _mm256_set1_ps(x); }
ALWAYS v8 fma_8(v8 a, v8 b, v8 c) { return _mm256_fmadd_ps(a, b, c); }
ALWAYS v8 larger_8(v8 a, v8 b) { return _mm256_max_ps(a, b); }
ALWAYS v8 even_8(v8 a, v8 b) { return _mm256_shuffle_ps(a, b, 0x88); }
ALWAYS v8 odd_8(v8 a, v8 b) { return _mm256_shuffle_ps(a, b, 0xdd); }
ALWAYS i8 smaller_8(i8 a, i8 b) { return (i8)_mm256_min_epi32((__m256i)a, (__m256i)b); }
ALWAYS i8 bytes_8(const uint8_t *p) { return (i8)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p)); }
ALWAYS l8 product_8(l8 a, uint32_t m) { return (l8)_mm256_mul_epu32((__m256i)a, _mm256_set1_epi32((int)m)); }
ALWAYS uint64_t
signs_of_halves_8(i8 a, i8 b)
{
	const __m256i bytes = _mm256_packs_epi16((__m256i)a, (__m256i)b);
	return (uint32_t)_mm256_movemask_epi8(_mm256_shuffle_epi8(bytes, _mm256_setr_epi8(LOW_THEN_HIGH, LOW_THEN_HIGH)));
}
#else
BY_HALVES(8, 4)
#endif
#endif
#if WIDEST >= 16
VECTOR(16)
#if NATIVE >= 16
ALWAYS v16 splat_16(float x) { return _mm512_set1_ps(x); }
ALWAYS v16 fma_16(v16 a, v16 b, v16 c) { return _mm512_fmadd_ps(a, b, c); }
ALWAYS v16 larger_16(v16 a, v16 b) { return _mm512_max_ps(a, b); }
ALWAYS v16 even_16(v16 a, v16 b) { return _mm512_shuffle_ps(a, b, 0x88); }
ALWAYS v16 odd_16(v16 a, v16 b) { return _mm512_shuffle_ps(a, b, 0xdd); }
ALWAYS i16 smaller_16(i16 a, i16 b) { return (i16)_mm512_min_epi32((__m512i)a, (__m512i)b); }
ALWAYS i16 bytes_16(const uint8_t *p) { return (i16)_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)); }
ALWAYS l16 product_16(l16 a, uint32_t m) { return (l16)_mm512_mul_epu32((__m512i)a, _mm512_set1_epi32((int)m)); }
ALWAYS uint64_t
signs_of_halves_16(i16 a, i16 b)
{
	const __m512i bytes = _mm512_packs_epi16((__m512i)a, (__m512i)b);
	return _mm512_movepi8_mask(_mm512_shuffle_epi8(bytes, _mm512_broadcast_i32x4(_mm_setr_epi8(LOW_THEN_HIGH))));
}
#else
BY_HALVES(16, 8)
#endif
#endif

/* two numbers by turns, a b a b ...; one number and zeros by turns; and the sums of each two lanes */
#if NATIVE >= 8
ALWAYS v8
turns_8(const float *p)
{
	double both;

	memcpy(&both, p, sizeof both);
	return _mm256_castpd_ps(_mm256_set1_pd(both));
}
ALWAYS v8 turns_of_one_8(const float *p) { return _mm256_blend_ps(splat_8(0), splat_8(*p), 0x55); }
ALWAYS v4 fold_8(v8 x) { return _mm_hadd_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1)); }
#elif WIDEST >= 8
ALWAYS v8 turns_8(const float *p) { return (v8){ p[0], p[1], p[0], p[1], p[0], p[1], p[0], p[1] }; }
ALWAYS v8 turns_of_one_8(const float *p) { return (v8){ *p, 0, *p, 0, *p, 0, *p, 0 }; }
ALWAYS v4
fold_8(v8 x)
{
	const v4 low = half_8(x, 0), high = half_8(x, 1);
	return even_4(low, high) + odd_4(low, high);
}
#endif

/* the first `keep` numbers of a vector, 0 to all */
#ifdef __AVX512VL__
ALWAYS void store_first_4(float *p, v4 x, int keep) { _mm_mask_storeu_ps(p, (__mmask8)((1u << keep) - 1), x); }
ALWAYS void store_first_8(float *p, v8 x, int keep) { _mm256_mask_storeu_ps(p, (__mmask8)((1u << keep) - 1), x); }
ALWAYS void store_first_16(float *p, v16 x, int keep) { _mm512_mask_storeu_ps(p, (__mmask16)((1u << keep) - 1), x); }
#else
ALWAYS void store_first_4(float *p, v4 x, int keep) { memcpy(p, &x, (size_t)keep * sizeof *p); }
#if WIDEST >= 8
ALWAYS void store_first_8(float *p, v8 x, int keep) { memcpy(p, &x, (size_t)keep * sizeof *p); }
#endif
#if WIDEST >= 16
ALWAYS void store_first_16(float *p, v16 x, int keep) { memcpy(p, &x, (size_t)keep * sizeof *p); }
#endif
#endif
ALWAYS void
store_first_1(float *p, float x, int keep)
{
	if (keep)
		*p = x;
}

/* four vectors as the rows of a matrix, and then as its columns */
ALWAYS void
transpose_4(v4 v[4])
{
#ifdef __SSE__
	_MM_TRANSPOSE4_PS(v[0], v[1], v[2], v[3]);
#else
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < i; j++) {
			const float x = v[i][j];
			v[i][j] = v[j][i];
			v[j][i] = x;
		}
#endif
}

/* four vectors so transposed in each lane of 128 bits, and one lane of a vector */
ALWAYS void fours_4(v4 v[4]) { transpose_4(v); }
ALWAYS v4 lane_4(v4 x, const int lane) { (void)lane; return x; }

#define FOURS(W, MM, DOUBLES) \
	ALWAYS void fours_##W(v##W v[4]) \
	{ \
		const DOUBLES a = MM##_castps_pd(MM##_unpacklo_ps(v[0], v[1])), b = MM##_castps_pd(MM##_unpackhi_ps(v[0], v[1])); \
		const DOUBLES c = MM##_castps_pd(MM##_unpacklo_ps(v[2], v[3])), d = MM##_castps_pd(MM##_unpackhi_ps(v[2], v[3])); \
		v[0] = MM##_castpd_ps(MM##_unpacklo_pd(a, c)); \
		v[1] = MM##_castpd_ps(MM##_unpackhi_pd(a, c)); \
		v[2] = MM##_castpd_ps(MM##_unpacklo_pd(b, d)); \
		v[3] = MM##_castpd_ps(MM##_unpackhi_pd(b, d)); \
	}

/* the same by halves of width H, of `lanes` lanes of 128 bits */
#define FOURS_BY_HALVES(W, H, lanes) \
	ALWAYS void fours_##W(v##W v[4]) \
	{ \
		v##H low[4], high[4]; \
		for (int i = 0; i < 4; i++) { \
			low[i] = half_##W(v[i], 0); \
			high[i] = half_##W(v[i], 1); \
		} \
		fours_##H(low); \
		fours_##H(high); \
		for (int i = 0; i < 4; i++) \
			v[i] = join_##W(low[i], high[i]); \
	} \
	ALWAYS v4 lane_##W(v##W x, const int lane) { return lane_##H(half_##W(x, lane / (lanes)), lane % (lanes)); } \
	ALWAYS void transpose_##W(v##W v[W]) \
	{ \
		for (int i = 0; i < W; i++) \
			for (int j = 0; j < i; j++) { \
				const float x = v[i][j]; \
				v[i][j] = v[j][i]; \
				v[j][i] = x; \
			} \
	}

#if NATIVE >= 8
FOURS(8, _mm256, __m256d)

ALWAYS v4
lane_8(v8 x, const int lane)
{
	return lane ? _mm256_extractf128_ps(x, 1) : _mm256_castps256_ps128(x);
}

/* eight and sixteen: first in fours, then lane by lane */
ALWAYS void
transpose_8(v8 v[8])
{
	fours_8(v);
	fours_8(v + 4);
	UNROLL
	for (int i = 0; i < 4; i++) {
		const v8 low = v[i], high = v[i + 4];
		v[i] = _mm256_permute2f128_ps(low, high, 0x20);
		v[i + 4] = _mm256_permute2f128_ps(low, high, 0x31);
	}
}
#elif WIDEST >= 8
FOURS_BY_HALVES(8, 4, 1)
#endif
#if NATIVE >= 16
FOURS(16, _mm512, __m512d)

ALWAYS v4
lane_16(v16 x, const int lane)
{
	switch (lane) {
	case 0: return _mm512_castps512_ps128(x);
	case 1: return _mm512_extractf32x4_ps(x, 1);
	case 2: return _mm512_extractf32x4_ps(x, 2);
	default: return _mm512_extractf32x4_ps(x, 3);
	}
}

ALWAYS void
transpose_16(v16 v[16])
{
	v16 t[16];

	memcpy(t, v, sizeof t);
	UNROLL
	for (int i = 0; i < 16; i += 4)
		fours_16(t + i);
	UNROLL
	for (int i = 0; i < 4; i++) {
		const v16 a = _mm512_shuffle_f32x4(t[i], t[i + 4], 0x88), b = _mm512_shuffle_f32x4(t[i], t[i + 4], 0xdd);
		const v16 c = _mm512_shuffle_f32x4(t[i + 8], t[i + 12], 0x88), d = _mm512_shuffle_f32x4(t[i + 8], t[i + 12], 0xdd);
		v[i] = _mm512_shuffle_f32x4(a, c, 0x88);
		v[i + 8] = _mm512_shuffle_f32x4(a, c, 0xdd);
		v[i + 4] = _mm512_shuffle_f32x4(b, d, 0x88);
		v[i + 12] = _mm512_shuffle_f32x4(b, d, 0xdd);
	}
}
#elif WIDEST >= 16
FOURS_BY_HALVES(16, 8, 2)
#endif

/* the first `keep` of N vectors side by side */
#define STORE_SOME(W) \
	ALWAYS void store_some_##W(const int N, const v##W *v, float *p, int keep) \
	{ \
		UNROLL \
		for (int j = 0; j < N; j++) { \
			const int here = keep - j * W; \
			store_first_##W(p + j * W, v[j], here < 0 ? 0 : here < W ? here : W); \
		} \
	}
STORE_SOME(1)
STORE_SOME(4)
#if WIDEST >= 8
STORE_SOME(8)
#endif
#if WIDEST >= 16
STORE_SOME(16)
#endif

/* the widest vectors */
#define OF_WIDTH(name, width) name##width
#define OF_WIDTH2(name, width) OF_WIDTH(name, width)
#define WIDE(name) OF_WIDTH2(name##_, WIDEST)
#define VLOAD WIDE(load)
#define VSTORE WIDE(store)
#define VSPLAT WIDE(splat)
#define VFMA WIDE(fma)
typedef OF_WIDTH2(v, WIDEST) VEC;
typedef OF_WIDTH2(i, WIDEST) places;
typedef OF_WIDTH2(l, WIDEST) longs;
typedef OF_WIDTH2(h, WIDEST) shorts;

/* The larger of two, the first one if they are equal, and where that is. */
ALWAYS void
keep_larger(VEC *best, places *at, VEC other, places other_at)
{
	const places more = other > *best;

	*best = WIDE(larger)(other, *best);
	*at = (other_at & more) | (*at & ~more);
}

#endif
