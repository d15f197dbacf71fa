# Makes a home with something in it to look at. Sourced in an empty directory, inside namespaces
# of its own, by programs.py; nothing outside that directory is touched.
hostname demo 2>/dev/null || true
mkdir -p src docs data empty
i=1
while [ $i -le 60 ]; do
  echo "def function_$i(first, second=$i):"
  echo "    \"\"\"Return something about $i.\"\"\""
  echo "    values = [first * n for n in range($i)]  # a comment"
  echo "    return 'text %d' % $i, values, None if second else True"
  echo
  i=$((i + 1))
done > src/app.py
printf '#include <stdio.h>\n\nint main(void) {\n\tprintf("hello, %%d\\n", 42);\n\treturn 0;\n}\n' > src/main.c
printf '# Title\n\nSome *text* with `code`.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n' > docs/read.md
printf '<html><head><title>Page</title></head><body><h1>Heading</h1><p>A <b>bold</b> word and a <a href="x.html">link</a>.</p><table border=1><tr><td>one<td>two<tr><td>三<td>4</table><form><input type=text value=field><input type=submit></form></body></html>' > docs/page.html
printf '日本語のテキスト\n漢字とかなとカナ、全角ＡＢＣ\n한국어 문장입니다\n中文字符测试\nmixed 日本 and ascii 漢字 x\n🎉 party 🚀 rocket ✅ done\ne\314\201 cafe\314\201 combining\nनमस्ते दुनिया\nภาษาไทย\nשלום עולם\n' > 'docs/日本語.txt'
printf 'naïve café — “quotes” … ½ © €\nΑλφα Βητα\nПривет, мир\n┌──┬──┐\n│ a│ b│\n└──┴──┘\n' > docs/latin.txt
i=1
while [ $i -le 400 ]; do
  echo "2026-01-02 03:04:$((i % 60)) INFO worker-$((i % 7)) handled request $i in $((i * 37 % 900)) ms path=/items/$((i * 13))?page=$i"
  i=$((i + 1))
done > data/service.log
i=1
while [ $i -le 50 ]; do
  printf '%d\tname %d\t%d\tsome longer text in column four of row %d\n' $i $i $((i * i)) $i
  i=$((i + 1))
done > data/table.tsv
printf '\033[31mred\033[0m \033[1;44mbold on blue\033[0m \033[38;5;208morange\033[0m \033[48;2;20;90;40mgreen\033[0m\n%.0s' 1 2 3 4 5 6 > data/colours.txt
for n in one two three four five six seven; do echo $n > "empty/$n.txt"; done
ln -s ../src empty/link
chmod +x src/app.py
export GIT_AUTHOR_NAME=Demo GIT_AUTHOR_EMAIL=demo@example.org
export GIT_COMMITTER_NAME=Demo GIT_COMMITTER_EMAIL=demo@example.org
export GIT_AUTHOR_DATE='2026-01-02T03:04:05Z' GIT_COMMITTER_DATE='2026-01-02T03:04:05Z'
export GIT_CONFIG_GLOBAL="$PWD/.gitconfig"
git config --global init.defaultBranch main
git init -q .
git add src docs && git commit -q -m 'Begin' 
git checkout -q -b topic && echo '# more' >> src/app.py && git commit -qam 'Add more 日本語'
git checkout -q main && echo 'x = 1' >> src/main.c && git commit -qam 'Change main'
git merge -q topic -m 'Merge topic' 2>/dev/null
sed -i 's/values = /numbers = /; 20,30d' src/app.py
sqlite3 data/shop.db "create table items(id integer, name text, price real); insert into items values (1,'chair',19.5),(2,'机',120),(3,'lamp é',7.25),(4,NULL,0);" 2>/dev/null || true
