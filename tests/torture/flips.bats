# Every length and every flipped bit of a small file of each kind, through every program that reads it

load ../help/helper
load ../help/hostile

tell() {
  echo "# reached: P4 $1: $(reached)" >&3
}

@test "a dataset of bytes, cut or with a bit flipped, is refused" {
  companions
  damage raw.cnn any data
  tell "dataset u1"
}

@test "a dataset of floats, cut or with a bit flipped, is refused" {
  companions
  damage data.cnn any data
  tell "dataset f4"
}

@test "a model, cut or with a bit flipped, is refused" {
  companions
  damage model.cnn any model
  tell model
}

@test "a checkpoint, cut or with a bit flipped, is refused" {
  companions
  readers() {
    case $1 in
      resume) echo 'data cnn-train -j 1 -e 2 -b 1 --optimizer adam --train ../data.cnn --resume @ -o out' ;;
      other) printf '%s\n' 'data tensor-info @' 'data cnn-eval -j 1 -o out @ ../data.cnn' ;;
    esac
  }
  damage checkpoint.cnn resume other
  tell checkpoint
}

@test "predictions and tensors, cut or with a bit flipped, are refused" {
  companions
  damage predictions.cnn any predictions
  tensor-npy --tensor x data.cnn | npy-tensor >tensors.cnn
  damage tensors.cnn any
  tell "predictions, tensors"
}

# what others defined: a PNG has CRCs, an archive has them of its members, an array and a text have none
@test "images, arrays and network texts, cut or with a bit flipped, are refused or read" {
  companions
  attack cuts raw.png -- png-tensor -s 2 -o out @
  attack flips raw.png -- png-tensor -s 2 -o out @
  for f in x.npy xy.npz; do
    attack cuts $f -- npy-tensor -o out @
    attack flips -s 0,65 $f -- npy-tensor -o out @
  done
  for mode in cuts flips; do
    attack $mode -s 0,65 -e 'line [0-9]+|holds no layer|zero byte' net.net -- cnn-init -o out @
  done
  tell "PNG, npy, npz, network text"
}

@test "no hostile file does harm to any program" {
  cross stream model data predictions npy png net escapes
  echo "# reached: P1 $(cat ./*.tsv | wc -l) hostile files: $(reached)" >&3
}
