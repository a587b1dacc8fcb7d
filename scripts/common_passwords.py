"""Makes src/yuzhi/data/passwords/common.bin: what passwords are commonly made of, as sorted short digests.

Run it as `python scripts/common_passwords.py`. The words are written here: what every account of leaked
passwords tells first, and the habits of Chinese typists (pinyin names and phrases, lucky and keypad
numbers). `yuzhi.capabilities.accounts` takes off figures and signs, undoes look-alike letters, and finds
doubled words, repetitions and walks along the keyboard by itself, so the list needs only plain words.
"""

from itertools import product
from pathlib import Path

from yuzhi.capabilities.accounts import password_digest, password_normal_form

TARGET = Path(__file__).parents[1] / "src" / "yuzhi" / "data" / "passwords" / "common.bin"

ENGLISH = """
password passwort passwd pass passw0rd passpass letmein welcome welcom admin administrator root toor user
guest test tester testing demo sample example default changeme change secret master login logon access
hello hallo iloveyou love lover lovely loveme ilove loveyou princess prince dragon monkey shadow sunshine
football baseball basketball soccer hockey golf tennis superman batman spiderman ironman starwars pokemon
naruto pikachu minecraft michael jessica jennifer jordan michelle daniel andrew joshua thomas robert
george charlie matthew anthony william richard david james john joseph christian christopher nicole
ashley amanda samantha hannah maggie buster tigger ginger pepper cookie banana orange apple cherry lemon
summer winter spring autumn monday friday january february march april june july august september october
november december flower butterfly angel angels devil killer hunter ranger trustno1 trust freedom
whatever nothing everything computer internet network server windows microsoft google facebook twitter
amazon linux ubuntu debian android iphone samsung huawei xiaomi mustang corvette ferrari porsche mercedes
toyota honda yamaha harley diamond silver golden purple yellow black white green blue red pink qwerty
qwertz azerty asdf zxcv qazwsx qweasd qweasdzxc zaq xsw abc abcd abcdef asdasd asdqwe zxczxc qweqwe aaa
bbb ccc xxx zzz fuckyou fuck shit asshole bitch pussy cheese chocolate chicken pizza coffee money dollar
bank secure security safe safety private public office company manager director boss staff work worker
service support help helpdesk system sysadmin database oracle mysql postgres postgresql sqlserver tomcat
jboss weblogic apache nginx docker jenkins gitlab github redis mongodb cisco router switch firewall
backup operator oper monitor zabbix nagios ansible vagrant raspberry ubnt nobody anonymous everyone
someone myself mypass mypassword newpassword oldpassword thepassword yourpassword mysecret temporary temp
initial first firsttime start begin open sesame opensesame magic genius legend hero winner champion
player gamer game games music guitar piano rock metal forever always never smile happy lucky family
mother father mommy daddy sister brother baby babygirl babyboy honey sweet sweety sweetheart darling
beautiful pretty america american canada london england paris france germany berlin russia moscow china
chinese beijing shanghai tokyo japan korea india mexico brazil spain italy australia jesus jesuschrist
christ god godisgood heaven blessed faith hope peace world earth moon star stars sun sunny rainbow snow
storm thunder lightning tiger lion eagle falcon phoenix wolf bear panther jaguar cobra horse dog cat
kitty puppy bird fish dolphin correcthorsebatterystaple thequickbrownfox letmeinplease iamthebest iamgod
donttouch dontforget remember government city town county district village hotline citizen police
hospital school student teacher
"""

PINYIN = """
woaini woaiwojia woaiziji woainima woaibeijing woaizhongguo aini ainiyiwannian woxihuanni nihao nihaoma
zhongguo zhonghua renmin gongheguo gongchandang beijing tianjin shanghai chongqing guangzhou shenzhen
hangzhou ningbo shaoxing wenzhou jiaxing huzhou jinhua quzhou zhoushan taizhou lishui nanjing suzhou wuxi
changzhou nantong yangzhou xuzhou wuhan changsha chengdu xian zhengzhou jinan qingdao yantai shenyang
dalian harbin haerbin changchun shijiazhuang taiyuan hefei fuzhou xiamen nanchang nanning haikou kunming
guiyang lanzhou xining yinchuan wulumuqi lasa huhehaote hongkong xianggang aomen taiwan taibei zhejiang
jiangsu guangdong shandong henan hebei hunan hubei sichuan fujian anhui jiangxi shanxi shaanxi liaoning
jilin heilongjiang yunnan guizhou guangxi hainan gansu qinghai ningxia xinjiang xizang neimenggu mima
mimashi wodemima mimahao wangji wangjile yonghu yonghuming guanliyuan guanli xitong ceshi ceshizhanghao
zhanghao denglu gongsi bangong bangongshi zhengfu zhengwu jiedao shequ wangge wanggeyuan rexian shimin
chengshi chengguan gongan jingcha paichusuo xinfang minzheng caizheng weijian jiaoyu yuzhi zhili
shehuizhili baba mama gege jiejie didi meimei yeye nainai laopo laogong baobao baobei qinai qinaide
xiaobao dabao erbao erzi nver haizi jiating xingfu kuaile pingan jiankang gongxi facai gongxifacai
xinnian xinniankuaile shengri shengrikuaile wanshiruyi jixiang ruyi jixiangruyi fuguairongh fugui
rongyuan zhenai pengyou tongxue laoshi xuesheng xuexiao daxue zhongxue xiaoxue gaokao dianhua shouji
shoujihao weixin qqmima zhifubao taobao jingdong tengxun baidu alibaba huawei xiaomi xiaoming xiaohong
xiaohua xiaoli xiaolong xiaohu xiaomao xiaogou dashen laoda laoer wangzherongyao wangzhe rongyao chiji
yingxiong yingxionglianmeng sunwukong zhubajie caonima nimade wocao wozuishuai wozuiniu wobuzhidao
buzhidao meiyou meiyoumima suibian wodewode women nimen henhao haode shide duibuqi xiexie zaijian
mingtian jintian zuotian tiantian tiantianxiangshang jiayou jiayoujiayou longmen longteng feilong
qinglong baihu zhuque xuanwu huanghe changjiang taishan huangshan xihu dongqianhu
"""

SURNAMES = """
wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he gao lin luo zheng liang xie song
tang deng han feng cao peng zeng xiao tian dong pan yuan cai jiang yu du ye cheng su wei lv lu ding ren
shen yao zhong cui tan fan liao shi jin jia xia fu fang bai zou meng xiong qin qiu hou yan xue lei long
duan hao kong shao mao chang wan gu lai wen pang ge
"""

GIVEN = """
wei fang na min jing xiuying li qiang lei jun yang yong yan jie juan tao ming chao xiulan xia ping gang
guiying hua fei bin bo hao yu xin lin ying hong mei long peng kai jian dan lan yun qing jia jiahao zihan
yuxuan zixuan haoran junjie wenjie xiaoming xiaohong xiaoli xiaohua dawei jianguo jianhua jianjun
zhiqiang zhiyuan guohua guoqiang haiyan lili lina lijuan liping yuhua yulan yumei shuzhen shufen shuying
tingting fangfang yanyan xinyi yutong ziyi
"""

NUMBERS = """
5201314 1314520 520520 521521 5211314 1314521 7758521 7758258 147258369 147258 258369 159357 357159
951753 753951 741852963 963852741 789456123 321654987 123321 112233 11223344 1122334455 102030 123123
123456 1234567 12345678 123456789 1234567890 0123456789 987654321 9876543210 666666 888888 168168 518518
88888888 66666666 99999999 110110 119119 12345 12341234 10086 10010 12306 12315 456789 654321 121212
131313 142536 232323 696969 777777 555555
"""

JOINED = """
1qaz2wsx 1qaz2wsx3edc 1qaz2wsx3edc4rfv qaz2wsx zaq12wsx zaq1zaq1 zaq1xsw2 1q2w3e 1q2w3e4r 1q2w3e4r5t
1q2w3e4r5t6y q1w2e3 q1w2e3r4 q1w2e3r4t5 a1b2c3 a1b2c3d4 a1b2c3d4e5 qwe123 asd123 zxc123 abc123 abc12345
aa123456 a123456 a123456789 q123456 w123456 z123456 zz123456 qq123456 wang123 zhang123 woaini520
woaini1314 woaini521 woaini5201314 aini1314 admin123 root123 test123 pass123 user123 p@ssw0rd p@ssword
admin@123 root@123 huawei@123 admin888 admin666 123qwe 123qweasd 123qweasdzxc 123asd 123abc 123456a
123456q 123456aa 123456abc 12345678a qwer1234 asdf1234 zxcv1234 qwerty123 password1 password12
password123 trustno1
"""

SYLLABLES = """
ma ba nan xiao da lao a bao bei le xin yu jia hao ying hong mei lan long feng yun
"""


def words() -> set[str]:
    """Return every word of the list in normal form."""
    plain = f"{ENGLISH} {PINYIN} {NUMBERS} {JOINED}".split()
    surnames, given = SURNAMES.split(), GIVEN.split()
    names = [surname + name for surname, name in product(surnames, given)]
    names += [name + surname for surname, name in product(surnames, given) if len(name) > 3]
    doubled = [one + other for one, other in product(SYLLABLES.split(), repeat=2)]
    dates = [f"{year}{month:02d}{day:02d}" for year in range(1950, 2031) for month, day in ((1, 1), (10, 1))]
    years = [str(year) for year in range(1950, 2041)]
    everything = [*plain, *given, *names, *doubled, *dates, *years]
    return {password_normal_form(word) for word in everything if len(word) >= 3}


def main() -> None:
    """Write the list."""
    packed = b"".join(sorted({password_digest(word) for word in words()}))
    TARGET.write_bytes(packed)


if __name__ == "__main__":
    main()
