# images without anything in them, as a .npy file: every byte of 200 images of 32 x 32 x 3 by chance, the same in each run
BEGIN {
	shape = "{'descr': '|u1', 'fortran_order': False, 'shape': (200, 32, 32, 3), }"
	printf "%cNUMPY%c%c%c%c%-117s\n", 147, 1, 0, 118, 0, shape
	# Park and Miller's generator: what rand() gives differs from one awk to another
	for (x = 1; i < 200 * 32 * 32 * 3; i++) {
		x = 16807 * x % 2147483647
		printf "%c", int(x / 8388608)
	}
}
