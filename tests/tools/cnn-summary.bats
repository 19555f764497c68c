# cnn-summary: the Keras table

load ../help/helper

@test "the lab's network has the parameters of Keras's summary" {
  run -0 bash -c "cnn-init -s 1 '$ROOT/pipelines/nets/tp.net' | cnn-summary"
  [[ $output =~ conv2d\ \(Conv2D\)\ +\(None,\ 32,\ 32,\ 8\)\ +224\  ]]
  [[ $output =~ dense\ \(Dense\)\ +\(None,\ 64\)\ +131,136\  ]]
  [[ $output =~ dense_1\ \(Dense\)\ +\(None,\ 10\)\ +650\  ]]
  [[ $output == *"Total params: 132,010 (515.66 KB)"* ]]
  [[ $output == *"Trainable params: 132,010 (515.66 KB)"* ]]
  [[ $output == *"Non-trainable params: 0 (0.00 B)"* ]]
}

@test "moving averages are not trainable" {
  run -0 bash -c "printf 'input 8x8x3\nbatchnorm\nflatten\ndense 10 activation=softmax\n' | cnn-init | cnn-summary"
  [[ $output == *"Total params: 1,942 "* ]]
  [[ $output == *"Non-trainable params: 6 "* ]]
}

@test "multiply-adds are those of the formulas" {
  # conv 32*32*3*3*3*8 = 221184, the pool's comparisons 16*16*4*8, dense 2048*64 + 64*10
  cnn-init "$ROOT/pipelines/nets/tp.net" | cnn-summary --tsv >t
  [ "$(awk -F'\t' '$1 ~ /^conv2d / { print $4 }' t)" = 221184 ]
  [ "$(awk -F'\t' 'NR > 1 { s += $4 } END { print s }' t)" = $((221184 + 8192 + 131072 + 640)) ]
}

@test "pools are counted: windows as they are, clipped at borders, and large ones along rows and columns" {
  printf 'input 9x9x2\navgpool2d 3 strides=2 padding=same\nglobalavgpool2d\n' | cnn-init | cnn-summary --tsv | cut -f 4 | tail -n +2 >t
  # 5 windows of 2 3 3 3 2 numbers each way; then 25 numbers a channel
  printf '%s\n' $((13 * 13 * 2)) 50 | diff - t
  printf 'input 64x64x1\nmaxpool2d 64 strides=1 padding=same\n' | cnn-init | cnn-summary --tsv | cut -f 4 | tail -n +2 >t
  printf '%s\n' $((2 * 64 * 3 * 64)) | diff - t
}

@test "receptive fields grow with kernels, pools and strides" {
  printf 'input 32x32x3\nconv2d 4 kernel=3\nmaxpool2d\nconv2d 4 kernel=3 strides=2\nconv2d 4 kernel=5x3\nglobalavgpool2d\ndense 10 activation=softmax\n' |
    cnn-init | cnn-summary --tsv | cut -f 6 >t
  # 3; 3+1=4; 4+2*2=8; jump 4: 8+4*4=24 by 8+2*4=16; then everything
  printf '%s\n' receptive_field 3x3 4x4 8x8 24x16 all all >want
  diff want t
}

@test "receptive fields follow images that grow, turn or take another shape" {
  printf '%s\n' 'input 16x12x3' 'conv2d 4 kernel=3x1' 'upsampling2d 2x3' 'conv2d 4 kernel=3x4' 'permute 2x1x3' 'conv2d 4 kernel=5x1' \
    'reshape 13x58x4' 'conv2d 4 kernel=1' globalavgpool2d | cnn-init | cnn-summary --tsv | cut -f 6 | tail -n +2 >t
  # 3 rows; 2 rows of the larger image come from 2, 4 columns from 2; turned, 5 rows are columns: 4 + 4 come from 4; then from anywhere
  printf '%s\n' 3x1 3x1 4x2 4x2 4x4 4x4 17x13 all | diff - t
}

@test "receptive fields stop at a billion pixels" {
  { echo input 2x64x1; yes 'maxpool2d 2x1 strides=1024x1 padding=same' | head -n 12; } | cnn-init | cnn-summary --tsv | cut -f 6 | tail -n +2 >t
  # 1 + 1, + 1024, + 1024^2, and no more
  printf '%s\n' 2x1 1026x1 1049602x1 $(yes 1000000000x1 | head -n 9) | diff - t
}

@test "groups, dilation, depthwise and separable convolutions count and see as in Keras" {
  printf '%s\n' 'input 32x32x8' 'conv2d 16 groups=4' 'conv2d 16 dilation=2x1' 'depthwiseconv2d strides=2 depth_multiplier=2' \
    'separableconv2d 24 kernel=5 padding=same' | cnn-init | cnn-summary --tsv | tail -n +2 | cut -f 3,4,6 >t
  # parameters, multiply-adds, receptive field: 3; 3+4 by 3+2; 7+2 by 5+2; jump 2: 9+4*2 by 7+4*2
  printf '%s\t%s\t%s\n' $((9*2*16 + 16)) $((30*30 * 9*2*16)) 3x3 $((9*16*16 + 16)) $((26*28 * 9*16*16)) 7x5 \
    $((9*32 + 32)) $((12*13 * 9*32)) 9x7 $((25*32 + 32*24 + 24)) $((12*13 * (25*32 + 32*24))) 17x15 >want
  diff want t
}

@test "hyperparameters name the layer, the value and the nature" {
  run -0 bash -c "cnn-init '$ROOT/pipelines/nets/tp.net' | cnn-summary --hyperparameters --tsv"
  [[ $output == *$'conv2d\tfilters\t8\tstructure'* ]]
  [[ $output == *$'conv2d\tkernel_initializer\tglorot_uniform\t'* ]]
  [[ $output == *$'dropout\trate\t0\tregularization'* ]]
}

@test "the training's hyperparameters are listed after it" {
  synth 60 1 8x8x3 | standardize >d.cnn
  printf 'input 8x8x3\nflatten\ndense 10 activation=softmax\n' | cnn-init |
    cnn-train -q --train d.cnn --optimizer adam --lr 0.002 --batch 20 --epochs 1 >m.cnn
  run -0 cnn-summary --hyperparameters --tsv m.cnn
  [[ $output == *$'training 1\toptimizer\tadam\toptimization'* ]]
  [[ $output == *$'training 1\tlr\t0.002\toptimization'* ]]
  [[ $output == *$'training 1\tbatch\t20\t'* ]]
}

@test "a dataset, a text and an empty input are refused" {
  synth 3 1 8x8x3 >d.cnn
  refuses 65 'd\.cnn: is a dataset; expected a model' cnn-summary d.cnn
  refuses 65 'tp\.net: .*text' cnn-summary "$ROOT/pipelines/nets/tp.net"
  : >empty
  refuses 65 'empty: empty input' cnn-summary empty
}

@test "escapes in a model's meta do not reach the terminal" {
  printf 'input 8x8x3\nflatten\ndense 10 activation=softmax\n' | cnn-init |
    cnn1 edit 'training={"1":{"l\u001br":{"value":"\u001b[2J","nature":"\u009bx"}},"\u001b":{"a\tb":{"value":"1","nature":""}}}' >m.cnn
  for command in 'cnn-summary --hyperparameters' 'cnn-summary --hyperparameters --tsv' 'cnn-compare --all --tsv' 'cnn-history'; do
    run -0 $command m.cnn
    if grep -qP '\x1b|\xc2\x9b' <<<"$output"; then false; fi
  done
  cnn-summary --hyperparameters --tsv m.cnn | grep -qF $'training 1\tl\\x1br\t\\x1b[2J\t\\x9bx'
}

@test "-o writes a file" {
  printf 'input 8x8x3\nflatten\ndense 10 activation=softmax\n' | cnn-init >m.cnn
  cnn-summary -o s m.cnn
  cnn-summary m.cnn | cmp - s
  cnn-compare -o c m.cnn
  cnn-compare m.cnn | cmp - c
}

@test "a model whose tensors do not match its network is refused, the tensor named" {
  printf 'input 8x8x3\nflatten\ndense 10 activation=softmax\n' | cnn-init >m.cnn
  tensor-pick --tensors dense/bias m.cnn >cut.cnn
  refuses 65 'cut\.cnn: tensor dense/kernel is missing' cnn-summary cut.cnn
}

block() {
  printf '%s\n' 'input 8x8x3' 'conv2d 4 padding=same name=a' 'conv2d 4 padding=same' 'conv2d 4 kernel=1' \
    'add from=a,conv2d_1' 'maxpool2d' flatten 'dense 10 activation=softmax'
}

@test "where a network branches, the summary says what each layer reads, and sees through the larger branch" {
  block | cnn-init >m.cnn
  run -0 bash -c "cnn-summary m.cnn | awk '/^add/ { print \$NF, \$(NF-1), \$(NF-2) }'"
  [ "$output" = 'conv2d_1 a, 5x5' ]
  [ "$(cnn-summary --tsv m.cnn | awk -F '\t' '$1 ~ /^add/ { print $7 }')" = 'a, conv2d_1' ]
  run -1 bash -c "cnn-init '$ROOT/pipelines/nets/tp.net' | cnn-summary | grep Connected"
}

@test "the plan lists the steps with their buffers: what is fused, kept, used again, and added up" {
  block | cnn-init >m.cnn
  cnn-summary --plan --batch 20 m.cnn >plan
  [ "$(head -1 plan | cut -d : -f 1)" = 'Training, batch 20' ]
  # the gradient of `a` comes from two sides
  [ "$(grep -c 'add a ' plan)" = 1 ]
  run -0 grep -E '^evaluation .* 8 pieces .* forward a  ' plan
  cnn-init "$ROOT/pipelines/nets/tp.net" | cnn-summary --plan --tsv >lab
  [ "$(grep -cP '^training\t0\t8 pieces\tforward conv2d \+ max_pooling2d\tb0\tb1 b2$' lab)" = 1 ]
  # dropout 0 and flatten take no step
  run ! grep -E 'dropout|flatten' lab
}
