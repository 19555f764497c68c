load ../help/helper

# hostile streams: hostile.bats
# little COMMAND...: with 300 MB of address space (sanitizers need their own, and more)
little() {
  (
    [ -n "$SANITIZE" ] || ulimit -v 300000
    exec "$@"
  )
}

@test "unusual streams are read" {
  for name in $(cnn1 ok); do
    cnn1 ok "$name" >in
    little tensor-info in >out || { echo "$name"; false; }
  done
}

@test "a tensor that runs ahead of the others is refused, not kept in memory" {
  cnn1 ok far_ahead >d.cnn
  refuses 65 'tensor x is ahead of the others: its row 2 came before row 0 of all' tensor-text d.cnn
}

@test "every stage of a pipeline says where it was cut" {
  synth 100 1 >d.cnn
  run -65 bash -c 'head -c 100000 d.cnn | tensor-pick --rows 0: 2>err1 | tensor-info 2>err2'
  grep -qx 'tensor-pick: <stdin>: truncated at byte 100000 after 0 rows; did the program before it fail?' err1
  grep -q 'tensor-info: <stdin>: truncated at byte .*did the program before it fail?' err2
}

@test "objects may follow each other" {
  synth 3 1 2x2x1 >a.cnn
  synth 4 2 2x2x1 >b.cnn
  [ "$(cat a.cnn b.cnn | tensor-pick | tensor-text -t y | wc -l)" -eq 9 ]
}

@test "a program that fails because of what follows an object does not end that object's stream" {
  synth 10 1 2x2x3 >d.cnn
  synth 2 1 4x4x3 >other.cnn
  head -c 200 d.cnn >cut.cnn
  echo garbage >text.cnn
  printf 'input 2x2x3\nflatten\ndense 10 activation=softmax\n' | cnn-init -o m.cnn
  for after in cut.cnn text.cnn other.cnn; do
    for command in standardize 'tensor-pick -r 0:' 'tensor-pick -c 0' 'tensor-pick -n 2' 'cnn-eval -q m.cnn' 'cnn-actmap -l dense m.cnn'; do
      [ $after != other.cnn ] || [[ $command == cnn* ]] || continue
      cat d.cnn $after | { $command >out 2>err && false || [ $? -eq 65 ]; }
      refuses 65 'truncated at byte .*did the program before it fail' tensor-info out
    done
  done
}

@test "a program that cannot finish its output does not end its stream" {
  synth 10 1 2x2x3 >d.cnn
  status=0
  bash -c 'ulimit -n 4; exec standardize d.cnn' >out 2>err 3>&- 4>&- || status=$?
  [ $status -eq 74 ] && grep -q 'standardize: <stdout>: Too many open files' err
  refuses 65 'truncated at byte .*did the program before it fail' tensor-info out
}

@test "text that is not UTF-8 is refused where it enters, with the place" {
  local e=$'\xe9' # é in Latin-1
  synth 3 1 2x2x3 >d.cnn
  printf 'input 2x2x3\nflatten # entr%se\ndense 10 activation=softmax\n' $e >n.net
  refuses 65 'n.net: line 2: not UTF-8; iconv' cnn-init -o m.cnn n.net
  tensor-npy -t x -o "x.npy" d.cnn
  refuses 65 "x.npy: a tensor's name .* is not UTF-8; give another name as NAME=FILE" npy-tensor -o t.cnn "$e=x.npy"
  /usr/bin/python3 - <<'END'
import zipfile
info = zipfile.ZipInfo("a_.npy")
with zipfile.ZipFile("t.npz", "w") as z:
    z.writestr(info, open("x.npy", "rb").read())
raw = open("t.npz", "rb").read()
open("t.npz", "wb").write(raw.replace(b"a_.npy", b"a\xe9.npy"))
END
  refuses 65 "t.npz: a tensor's name .* is not UTF-8" npy-tensor -o t.cnn t.npz
  mkdir -p photos/cat "photos/b${e}te"
  tensor-png --rows 0 -o photos/cat/0.png d.cnn
  cp photos/cat/0.png "photos/b${e}te/0.png"
  refuses 65 "photos/.*: the name of the folder is not UTF-8, .*; rename it" png-tensor -s 2x2 -o p.cnn photos
  # what options say is recorded
  printf 'input 2x2x3\nflatten\ndense 10 activation=softmax\n' | cnn-init -o m.cnn
  refuses 64 '--classes .*: not UTF-8; give it as UTF-8' npy-tensor -k dataset -c "a,$e" -o t.cnn x=x.npy
  refuses 64 '--classes .*: not UTF-8' png-tensor -c "cat,$e" -s 2x2 -o t.cnn photos/cat/0.png
  refuses 64 '--classes .*: not UTF-8' tensor-pick -k $e -o t.cnn d.cnn
  refuses 64 '--tensors .*: not UTF-8' tensor-pick -t $e -o t.cnn d.cnn
  refuses 64 '--layer .*: not UTF-8' cnn-actmap -l $e -o t.cnn m.cnn d.cnn
  # names of files are not
  tensor-pick -o "$e.cnn" d.cnn
  tensor-info "$e.cnn" >info
}

@test "a long stream is read and written in little memory" {
  [ -z "$SANITIZE" ] || skip "sanitizers take their own memory"
  synth 20000 1 >d.cnn
  (ulimit -v 60000 && tensor-pick --columns 0:2 d.cnn | tensor-info) | grep -q '(20000, 32, 32, 2)'
}

@test "a full disk is an error, of stdout and of -o" {
  synth 3 1 >d.cnn
  run -74 --separate-stderr bash -c 'tensor-pick d.cnn >/dev/full'
  [ "$stderr" = "tensor-pick: <stdout>: No space left on device" ]
  run -74 --separate-stderr bash -c 'tensor-info d.cnn >/dev/full'
  [ "$stderr" = "tensor-info: <stdout>: No space left on device" ]
  refuses 74 '/dev/full: No space left on device' tensor-pick -o /dev/full d.cnn
}

@test "a closed stdout is an error, and no file takes its place" {
  synth 3 1 >d.cnn
  for p in tensor-pick tensor-info tensor-text; do
    run -74 --separate-stderr bash -c "$p d.cnn >&-"
    [ "$stderr" = "$p: <stdout>: Bad file descriptor" ]
  done
  run -74 --separate-stderr bash -c 'tensor-info --help >&-'
  cmp d.cnn <(synth 3 1)
}

@test "a closed stdin is an error, and a closed stderr does no harm" {
  synth 3 1 >d.cnn
  run -74 --separate-stderr bash -c 'tensor-pick <&-'
  [[ "$stderr" == "tensor-pick: <stdin>: Bad file descriptor"* ]]
  tensor-pick -o e.cnn d.cnn 2>&-
  tensor-info e.cnn >info
  printf x >x.cnn
  run -65 bash -c 'tensor-pick -o f.cnn x.cnn 2>&-'
  [ ! -e f.cnn ]
}

@test "stdin is one input, not two" {
  printf 'input 2x2x1\nflatten\ndense 2 activation=softmax\n' | cnn-init >m.cnn
  synth 3 1 2x2x1 >d.cnn
  for command in 'cnn-eval -' 'cnn-eval - -' 'cnn-actmap -l dense -' 'cnn-compare - -'; do
    refuses 64 '<stdin>: can be read only once; give a file' $command <m.cnn
  done
  refuses 64 '<stdin>: can be read only once' standardize --stats - <d.cnn
  refuses 64 'only one of --train, --val and the model can be read from stdin' cnn-train --train - --val - m.cnn <d.cnn
}

@test "inputs that cannot be opened are named" {
  refuses 66 'none\.cnn: No such file' tensor-info none.cnn
  mkdir dir
  refuses 66 'dir: is a directory' tensor-info dir
}

@test "-o writes a whole file or none" {
  synth 3 1 >d.cnn
  refuses 73 'none/e\.cnn: no such directory' tensor-pick -o none/e.cnn d.cnn
  mkdir dir
  refuses 73 'dir: is a directory' tensor-pick -o dir d.cnn
  echo old >e.cnn
  head -c 3000 d.cnn >cut.cnn
  refuses 65 'cut\.cnn: truncated at byte 3000' tensor-pick -o e.cnn cut.cnn
  [ "$(cat e.cnn)" = old ]
  tensor-pick -o e.cnn d.cnn
  tensor-pick d.cnn | cmp - e.cnn
  [ "$(ls -A)" = "$(printf '%s\n' cut.cnn d.cnn dir e.cnn)" ]
}

@test "-o may name the input" {
  synth 10 1 2x2x1 >d.cnn
  tensor-pick --rows 0:5 d.cnn >want
  tensor-pick --rows 0:5 -o d.cnn d.cnn
  cmp d.cnn want
}

@test "no program takes a result for an input, or two results for one" {
  synth 10 1 2x2x1 >d.cnn
  cp d.cnn e.cnn
  ln d.cnn linked
  ln -s d.cnn link
  printf 'input 2x2x1\nflatten\ndense 10 activation=softmax\n' | cnn-init -o m.cnn
  refuses 64 '--stats d.cnn: the same file as --output ./d.cnn' standardize --stats d.cnn -o ./d.cnn e.cnn
  refuses 64 '--like link: the same file as --output d.cnn' npy-tensor --like link -o d.cnn x.npy
  refuses 64 '--from d.cnn: the same file as --output link' cifar-fetch --from d.cnn -o link test
  refuses 64 '^split: d.cnn: the same file as link; give each result a file of its own$' split d.cnn=1 link
  refuses 64 'linked: the same file as d.cnn' split d.cnn=1 linked=1 e.cnn
  refuses 64 'standard output: the same file as standard output' split -=1 -=2 d.cnn
  # what is written there would be read again
  for command in 'tensor-pick d.cnn' 'cnn-eval m.cnn d.cnn' 'tensor-text d.cnn' 'split -=2 d.cnn'; do
    run -64 --separate-stderr bash -c "$command >>link"
    [[ "$stderr" == *'the same file as '* ]]
  done
  run -64 --separate-stderr bash -c 'tensor-pick <d.cnn >>d.cnn'
  [[ "$stderr" == *'standard input: the same file as standard output'* ]]
  cmp d.cnn e.cnn
}

@test "-o of a descriptor writes to it, be its file without a name" {
  synth 10 1 2x2x1 >d.cnn
  cat >run.py <<'END'
import os, subprocess, sys
kind, name = sys.argv[1:3]
fd = os.memfd_create("x") if kind == "memfd" else os.open(name, os.O_RDWR | (os.O_TMPFILE if kind == "tmpfile" else os.O_CREAT), 0o600)
if kind == "removed":
    os.unlink(name)
os.write(fd, b"before")
subprocess.run(["tensor-pick", "-o", f"/dev/fd/{fd}", "d.cnn"], pass_fds=[fd], check=True)
os.lseek(fd, 0, 0)
sys.stdout.buffer.write(os.read(fd, 1 << 20))
END
  before=$(ls -A)
  for what in 'memfd -' 'removed x' 'tmpfile .'; do
    /usr/bin/python3 run.py $what | cmp - <(printf before; tensor-pick d.cnn)
    [ "$(ls -A)" = "$before" ]
  done
  (tensor-pick -o /dev/stdout d.cnn; tensor-pick -o /dev/fd/1 d.cnn) >out
  cmp out <(tensor-pick d.cnn; tensor-pick d.cnn)
  refuses 73 '/dev/fd/99: Bad file descriptor' tensor-pick -o /dev/fd/99 d.cnn
}

@test "a result that could not take its name is refused before the work" {
  printf 'input 2x2x1\n' >n.net
  refuses 73 'nodir/: is a directory; expected a file name' cnn-init -o nodir/ n.net
  refuses 73 'File name too long' cnn-init -o "$(printf '%0300d' 0)" n.net
  refuses 73 'n.net/x: Not a directory' cnn-init -o n.net/x n.net
  touch point
  unshare -rm true 2>/dev/null || skip "no mount points here"
  refuses 73 'point: is a mount point, which cannot be replaced; write to stdout, > point' \
    unshare -rm bash -c 'mount --bind n.net point && exec cnn-init -o point n.net'
}

@test "-o follows symbolic links and keeps the mode of a file that was there" {
  synth 3 1 2x2x1 >d.cnn
  mkdir sub
  echo old >sub/real
  chmod 600 sub/real
  ln -s sub/real link
  ln -s real sub/chain
  ln -sf sub/chain link2
  ln -s sub/new dangling
  tensor-pick -o link d.cnn
  [ -L link ] && [ "$(stat -c %a sub/real)" = 600 ]
  tensor-pick -o link2 d.cnn
  tensor-pick -o dangling d.cnn
  [ -L link2 ] && [ -L dangling ] && cmp sub/real sub/new
  ln -s loop loop
  refuses 73 'loop: ' tensor-pick -o loop d.cnn
  (umask 027 && tensor-pick -o masked d.cnn)
  [ "$(stat -c %a masked)" = 640 ]
}

@test "a result for a pipe that nobody reads yet: the program says that it waits, and then writes all" {
  synth 30 1 >d.cnn
  mkfifo p
  run -124 timeout 0.3 tensor-pick -o p d.cnn
  [ "$output" = "tensor-pick: p: no program reads this pipe yet; waiting for one" ]
  run -124 timeout 0.3 tensor-pick -q -o p d.cnn
  [ -z "$output" ]
  { sleep 0.2 && cat p >slow.cnn; } &
  tensor-pick -o p d.cnn 2>err
  wait
  [ "$(grep -c waiting err)" -eq 1 ]
  # a reader that is there: no word, and a pipe that is full is waited for
  { sleep 0.3 && exec cat >ready.cnn; } <>p &
  pid=$!
  sleep 0.1
  tensor-pick -o p d.cnn 2>err
  [ ! -s err ]
  sleep 0.3
  kill $pid
  tensor-pick d.cnn >want.cnn
  cmp slow.cnn want.cnn
  cmp ready.cnn want.cnn
}

@test "a program killed in the middle leaves no files" {
  synth 3 1 >d.cnn
  for signal in INT TERM HUP; do
    mkfifo pipe
    # env: bash starts background jobs with SIGINT ignored, nohup everything with SIGHUP
    env --default-signal=INT,TERM,HUP tensor-pick -o e.cnn <pipe &
    exec 7>pipe
    head -c 2000 d.cnn >&7
    for _ in $(seq 100); do
      ! compgen -G '.e.cnn.*' >/dev/null || break
      sleep 0.02
    done
    compgen -G '.e.cnn.*' >/dev/null
    status=0
    kill -$signal $!
    wait $! || status=$?
    [ "$status" -gt 128 ]
    exec 7>&-
    rm pipe
    [ "$(ls -A)" = d.cnn ]
  done
}

@test "binary output to a terminal is refused" {
  synth 3 1 2x2x1 >d.cnn
  run script -qec 'tensor-pick d.cnn' /dev/null
  [ "$status" -eq 64 ]
  [[ "$output" == *"tensor-pick: <stdout>: is a terminal"* ]]
}

@test "a terminal is refused as input" {
  run script -qec 'tensor-info' /dev/null </dev/null
  [ "$status" -eq 64 ]
  [[ "$output" == *"tensor-info: <stdin>: is a terminal"* ]]
}

# one directory a version, never changed: kinds as that version wrote them, the checkpoint in mid-epoch
@test "files of every released version are read" {
  for d in "$ROOT"/tests/golden/*; do
    for f in "$d"/*.cnn; do
      tensor-info "$f" >info
    done
    # 0.1.0 had other ids: written again, the same contents have the same
    standardize "$d/raw.cnn" | tensor-info | grep -q "id: $(tensor-pick "$d/dataset.cnn" | tensor-info | sed -n 's/^id: \([^ ]*\).*/\1/p')"
    cnn-eval -q "$d/model.cnn" "$d/dataset.cnn" | confmat >got
    confmat "$d/predictions.cnn" | cmp - got
    cnn-actmap -l dense "$d/model.cnn" "$d/dataset.cnn" >a.cnn
    [ "$(cnn-history "$d/model.cnn" | wc -l)" -eq 4 ]
    cnn-train -q --train "$d/dataset.cnn" --val "$d/dataset.cnn" --optimizer adam --epochs 3 --batch 2 --resume "$d/checkpoint.cnn" 2>err |
      cnn-history | cut -f 1-3 >got
    cnn-history "$d/model.cnn" | cut -f 1-3 | cmp - got
  done
}

@test "the same input gives the same bytes, whatever directory, locale and time zone" {
  synth 20 1 4x4x3 >d.cnn
  tensor-pick --sample 5 d.cnn >a.cnn
  mkdir other
  (cd other && TZ=Asia/Tokyo LC_ALL=de_DE.UTF-8 HOME=/ tensor-pick --sample 5 ../d.cnn) | cmp - a.cnn
}
