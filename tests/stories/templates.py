"""Words of sites and editors, and bulletins made from one form: what make_pairs.py fills in."""

BOILERPLATE = {
    "zh": {
        "before": ["36氪获悉，", "IT之家 2月18日消息，", "【环球网科技综合报道】", "本文来自微信公众号“深燃”（ID：shenrancaijing），作者：王敏，编辑：黎明，36氪经授权发布。", "界面新闻记者 | 李如", "编者按：本文转载自合作媒体，不代表本站立场。",
                   "财联社8月21日电，", "点击上方蓝字关注我们", "（观察者网讯）", "文 | 某某财经", "来源：澎湃新闻 ", "新浪科技讯 北京时间12月3日早间消息，"],
        "after": ["责任编辑：张三", "本文系作者授权发表，未经许可，不得转载。本文由用户投稿，观点仅代表作者本人。", "扫描下方二维码，关注我们的公众号，获取更多精彩内容。", "原文链接：https://www.example.com/p/123456?utm_source=rss", "版权声明：本文著作权归原作者所有，如有侵权请联系删除。",
                  "广告声明：文内含有的对外跳转链接（包括不限于超链接、二维码、口令等形式），用于传递更多信息，节省甄选时间，结果仅供参考。", "特别声明：以上内容仅代表作者本人的观点或立场，不代表本平台的观点或立场。", "相关阅读：苹果下周召开发布会 | 大模型价格战再起", "—— END ——", "下载客户端，查看更多。举报电话：010-12345678"],
    },
    "en": {
        "before": ["This story was originally published elsewhere. ", "(Reuters) - ", "SAN FRANCISCO, Feb 18 — ", "By Staff Writer | Updated 3 hours ago. ", "Editor's note: this article first appeared on our partner site and is republished with permission. ", "Listen to this article (5 minutes). ", "Image credits: Getty. ",
                   "Affiliate links on this page may earn us a commission. ", "From the wires: "],
        "after": ["The post appeared first on Example Daily.", "Follow us on Twitter and Facebook, and sign up for our newsletter.", "Copyright 2024 Example Media. All rights reserved. This material may not be published, broadcast, rewritten or redistributed.", "Share this: Click to share on Twitter (Opens in new window)", "Got a tip? Email tips@example.com.",
                  "Related: The best laptops you can buy today", "Comments are closed on this article.", "Sponsored: get 50% off your first month of our premium plan today.", "Read the original article at https://www.example.com/2024/02/18/story?utm_medium=feed", "Filed under: Business, Technology, Top Stories. 12 comments."],
    },
}
MORE = {"zh": ["阅读全文", "阅读原文 »", "查看更多", "（点击阅读原文）", "……[阅读全文]", ""], "en": ["Read more", "Continue reading →", "Read the full story at Example Daily.", "Read More »", "(more…)", ""]}
SITES = {"zh": [" - 36氪", "_新浪科技_新浪网", " | 界面新闻", "-虎嗅网", "——少数派", " | 爱范儿"], "en": [" | TechCrunch", " - The New York Times", " – Example Daily", " | Ars Technica", " - BBC News", " [Updated]"]}
KICKERS = {"zh": ["快讯：", "重磅！", "独家 | ", "【热点】", "突发："], "en": ["Breaking: ", "Report: ", "Exclusive: ", "Opinion: ", "Watch: "]}
LEADS = {"zh": ["近日，业内又有新动向引发关注，以下为详细内容。", "编辑导读：今天我们来聊一个大家都关心的话题，全文如下。", "划重点：本文篇幅较长，建议收藏后阅读。"],
         "en": ["Here is what you need to know about the news that everybody has been talking about this week.", "Our correspondent takes a closer look.", "In case you missed it: here is the story as we reported it earlier."]}
UPDATES = {"zh": ["【更新】截至发稿，相关数字已上升至{a}。", "更新：{b}月{c}日，公司回应称正在核实，另有{a}人参与。", "（本文已于{b}月{c}日更新，新增{a}条回应）"],
           "en": ["UPDATE: As of {b}:{c:02d} p.m. the number has risen to {a}.", "Updated {b}/{c}: the company has responded to {a} questions.", "Correction: an earlier version of this story misstated a figure; it is {a}, not {b}."]}
SYNONYMS = {"zh": [("但是", "不过"), ("表示", "称"), ("目前", "现在"), ("因为", "由于"), ("非常", "十分"), ("已经", "已"), ("进行", "开展"), ("如果", "假如"), ("可以", "能够"), ("许多", "很多"), ("通过", "借助"), ("我们", "咱们"), ("认为", "觉得"), ("开始", "着手")],
            "en": [("however", "but"), ("said", "stated"), ("big", "large"), ("also", "too"), ("because", "since"), ("show", "demonstrate"), ("use", "employ"), ("about", "around"), ("will", "is going to"), ("many", "a lot of"), ("start", "begin"), ("help", "assist"), ("but", "yet"), ("new", "brand-new")]}
DIGESTS = {"zh": ["8点1氪：{title}", "早报 | {title}", "{a}月{b}日科技早知道：{title}", "氪星晚报｜{title}"], "en": ["Morning briefing: {title}", "The Daily Digest for {a}/{b}", "Top stories: {title}", "Links for {a}/{b}"]}

ZH_CITIES = "北京 上海 广州 深圳 杭州 成都 武汉 西安 南京 重庆 天津 苏州".split()
EN_CITIES = "Boston Chicago Denver Seattle Austin Portland Atlanta Dallas Phoenix Miami London Leeds".split()
ZH_STOCKS = "贵州茅台 五粮液 宁德时代 比亚迪 招商银行 中国平安 隆基绿能 迈瑞医疗 恒瑞医药 药明康德".split()
EN_STOCKS = "Apple Microsoft Tesla Nvidia Amazon Alphabet Meta Intel Oracle Cisco".split()

def zh_weather(r):
    city, day = r.choice(ZH_CITIES), r.randint(1, 28)
    low = r.randint(-5, 20)
    title = r.choice([f"{city}天气预报", f"{city}{day}日天气：最低气温{low}度", "今日天气"])
    return title, (f"<p>{city}市气象台今天发布天气预报：预计今天白天到夜间，{r.choice(['晴', '多云', '阴有小雨', '小到中雨'])}，偏{r.choice('东南西北')}风{r.randint(1, 3)}到{r.randint(4, 6)}级，最高气温{low + r.randint(5, 12)}度，最低气温{low}度，"
        f"空气质量指数{r.randint(30, 180)}。气象专家提醒市民，早晚温差较大，外出时请注意适时增减衣物，驾驶车辆请注意行车安全。本预报每日更新，请以最新预报为准。</p>")

def zh_oil(r):
    day, month = r.randint(1, 28), r.randint(1, 12)
    price = r.uniform(7, 9)
    return r.choice(["今日油价", f"{month}月{day}日油价：92号汽油每升{price:.2f}元", "国内成品油价格调整"]), (
        f"<p>国家发展改革委消息，根据近期国际市场油价变化情况，按照现行成品油价格形成机制，自2024年{month}月{day}日24时起，国内汽、柴油价格每吨分别{r.choice(['提高', '降低'])}{r.randint(50, 400)}元和{r.randint(50, 400)}元。"
        f"折合升价，92号汽油每升{price:.2f}元，95号汽油每升{price + .45:.2f}元，0号柴油每升{price - .3:.2f}元。中石油、中石化、中海油三大公司要组织好成品油生产和调运，确保市场稳定供应，严格执行国家价格政策。</p>")

def zh_stock(r):
    name, move = r.choice(ZH_STOCKS), r.uniform(0.5, 9)
    code = r.randint(600000, 603999)
    return r.choice([f"{name}今日{'涨' if r.random() < .5 else '跌'}{move:.2f}%", f"{name}：融资融券信息", "个股异动"]), (
        f"<p>{name}（{code}）今日收盘报{r.uniform(10, 1800):.2f}元，{'上涨' if r.random() < .5 else '下跌'}{move:.2f}%，换手率{r.uniform(.2, 8):.2f}%，成交额{r.uniform(1, 90):.2f}亿元，主力资金净流{r.choice(['入', '出'])}{r.uniform(.1, 9):.2f}亿元。"
        f"融资余额{r.uniform(1, 200):.2f}亿元，融券余额{r.uniform(.1, 9):.2f}亿元。</p><p>风险提示：以上内容由程序自动生成，仅供参考，不构成投资建议。投资者据此操作，风险自担。股市有风险，投资需谨慎。</p>")

def zh_funding(r):
    name = "".join(r.sample("云智创新星海恒远华瑞科蓝图光年微禾", 2)) + r.choice(["科技", "智能", "生物", "医疗"])
    money, round_ = r.choice(["数千万元", "近亿元", "1亿元", "2.5亿元", "5000万美元"]), r.choice("ABCD")
    field = r.choice(["人工智能", "创新药研发", "工业机器人", "新能源电池", "企业服务"])
    return f"「{name}」完成{money}{round_}轮融资", (f"<p>36氪获悉，{field}企业「{name}」宣布完成{money}{round_}轮融资，本轮融资由{r.choice(['红杉中国', '高瓴创投', '经纬创投', '深创投'])}领投，{r.choice(['老股东', '顺为资本', 'IDG资本'])}跟投。"
        f"本轮融资资金将主要用于技术研发、团队扩充及市场拓展。{name}成立于{r.randint(2012, 2022)}年，是一家专注于{field}的高新技术企业，核心团队来自清华大学、中科院等知名高校和机构。</p>")

def zh_job(r):
    post, city = r.choice(["前端工程师", "产品经理", "数据分析师", "内容编辑", "运营专员"]), r.choice(ZH_CITIES)
    return f"招聘：{post}（{city}）", (f"<p>岗位名称：{post}。工作地点：{city}。薪资范围：{r.randint(8, 20)}K-{r.randint(21, 50)}K。岗位职责：负责公司核心业务的{post}相关工作，与团队协作推动项目落地。任职要求：本科及以上学历，{r.randint(1, 5)}年以上相关经验，"
        "具备良好的沟通能力和团队合作精神，能够承受一定的工作压力。福利待遇：五险一金、带薪年假、弹性工作、年度体检、节日福利、定期团建。有意者请将简历发送至邮箱，邮件标题注明姓名与应聘岗位。</p>")

def zh_quake(r):
    place = r.choice("四川甘孜州 云南大理州 新疆阿克苏 西藏那曲 青海玉树 台湾花莲".split())
    strength = r.uniform(3, 6)
    return r.choice([f"{place}发生{strength:.1f}级地震", "地震快讯"]), (f"<p>中国地震台网正式测定：{r.randint(1, 12)}月{r.randint(1, 28)}日{r.randint(0, 23)}时{r.randint(0, 59)}分在{place}（北纬{r.uniform(22, 45):.2f}度，东经{r.uniform(75, 122):.2f}度）发生{strength:.1f}级地震，震源深度{r.randint(5, 30)}千米。</p>")

def zh_release(r):
    name, minor = r.choice(["微信", "钉钉", "Visual Studio Code", "Firefox", "Android Studio"]), r.randint(1, 30)
    same = "".join(f"<li>{one}</li>" for one in r.sample(["修复了在部分机型上启动时闪退的问题", "优化了列表滚动的流畅度", "改进了深色模式下的显示效果", "修复了通知偶尔重复的问题", "提升了搜索的速度与准确度", "更新了第三方依赖库"], 4))
    return f"{name} {r.randint(8, 9)}.{minor} 更新发布", f"<p>{name} 今日推送了新版本更新，建议所有用户升级。更新内容如下：</p><ul>{same}</ul><p>用户可以在应用商店或官方网站下载最新版本，也可以等待系统自动推送。</p>"

def zh_deal(r):
    product = r.choice(["飞利浦电动牙刷", "小米空气净化器", "索尼降噪耳机", "戴森吸尘器", "三星固态硬盘"])
    price = r.randint(99, 2999)
    return f"{product} {price}元包邮（需用券）", f"<p>{r.choice(['京东', '天猫', '苏宁'])}目前活动售价{price + r.randint(20, 300)}元，叠加优惠券后实付{price}元包邮，近期好价，有需要的值友可以入手。{product}是该品牌的热门型号，口碑不错，销量较高。活动时间有限，以页面实际显示价格为准，感谢值友爆料。</p>"

def zh_match(r):
    a, b = r.sample("湖人 勇士 凯尔特人 掘金 独行侠 太阳 雄鹿 热火".split(), 2)
    x, y = r.randint(88, 135), r.randint(88, 135)
    return f"NBA战报：{a}{x}-{y}{b}", f"<p>北京时间{r.randint(1, 12)}月{r.randint(1, 28)}日，NBA常规赛继续进行，{a}主场迎战{b}。全场比赛结束，{a}以{x}-{y}{'战胜' if x > y else '不敌'}{b}。四节具体比分为（{a}在前）：{r.randint(20, 38)}-{r.randint(20, 38)}、{r.randint(20, 38)}-{r.randint(20, 38)}、{r.randint(20, 38)}-{r.randint(20, 38)}、{r.randint(20, 38)}-{r.randint(20, 38)}。本场比赛全部结束后，双方将各自备战下一场常规赛，更多赛况请关注我们的后续报道。</p>"

def en_weather(r):
    city, high = r.choice(EN_CITIES), r.randint(30, 95)
    return r.choice([f"{city} weather forecast", "Today's weather", f"{city} weather: high of {high}"]), (f"<p>The National Weather Service forecast for {city} calls for {r.choice(['sunny skies', 'scattered showers', 'partly cloudy skies', 'snow flurries'])} with a high near {high} and a low around {high - r.randint(8, 25)}. "
        f"Winds from the {r.choice(['north', 'south', 'east', 'west'])} at {r.randint(3, 9)} to {r.randint(10, 25)} mph, with a {r.randint(0, 90)} percent chance of precipitation. Residents are advised to check road conditions before travelling and to follow the instructions of local authorities. This forecast is updated twice a day.</p>")

def en_stock(r):
    name = r.choice(EN_STOCKS)
    return r.choice([f"{name} stock {'rises' if r.random() < .5 else 'falls'} {r.uniform(.3, 7):.1f}%", f"{name} shares on the move", "Market mover"]), (
        f"<p>Shares of {name} closed {'up' if r.random() < .5 else 'down'} {r.uniform(.3, 7):.2f}% at ${r.uniform(20, 900):.2f} on Tuesday, on volume of {r.uniform(5, 90):.1f} million shares compared with an average of {r.uniform(5, 90):.1f} million. The company has a market capitalization of ${r.randint(100, 2900)} billion and a price-to-earnings ratio of {r.uniform(9, 80):.1f}. "
        "</p><p>This story was generated automatically from market data. It is not investment advice. Past performance is no guarantee of future results, and investors should consult a qualified adviser before making decisions.</p>")

def en_release(r):
    name = r.choice(["Firefox", "Node.js", "PostgreSQL", "Kubernetes", "Rust", "Django"])
    fixes = "".join(f"<li>{one}</li>" for one in r.sample(["Fixed a crash when opening several windows at once", "Improved performance of large files", "Updated bundled dependencies to their latest versions", "Fixed an issue where settings were not saved", "Various stability and security fixes", "Improved accessibility of dialogs"], 4))
    return f"{name} {r.randint(3, 20)}.{r.randint(0, 9)}.{r.randint(0, 9)} released", f"<p>We are pleased to announce a new release of {name}. This release contains bug fixes and is recommended for all users. Changes in this release:</p><ul>{fixes}</ul><p>Upgrading is straightforward: download the new version from the website and follow the usual instructions. Thanks to everyone who contributed to this release.</p>"

def en_quake(r):
    strength, km = r.uniform(3, 6.5), r.randint(3, 90)
    place = r.choice(["Ridgecrest, California", "Hilo, Hawaii", "Anchorage, Alaska", "Kodiak, Alaska", "Elko, Nevada"])
    return f"M {strength:.1f} - {km} km N of {place}", f"<p>A magnitude {strength:.1f} earthquake struck {km} km north of {place} at {r.randint(0, 23):02d}:{r.randint(0, 59):02d} UTC, at a depth of {r.uniform(1, 60):.1f} km, according to the U.S. Geological Survey. There were no immediate reports of damage or injuries. Did you feel it? Report your experience on the website of the survey.</p>"

def en_job(r):
    post, city = r.choice(["Software Engineer", "Product Manager", "Data Analyst", "Technical Writer", "Account Executive"]), r.choice(EN_CITIES)
    return f"We're hiring: {post} in {city}", (f"<p>Our team in {city} is looking for a {post} to join us. You will work closely with colleagues across the company to deliver great products to our customers. Requirements: a bachelor's degree or equivalent, {r.randint(1, 8)}+ years of relevant experience and a salary of ${r.randint(60, 180)},000, strong communication skills and attention to detail. "
        "We offer health insurance, a flexible working environment, paid parental leave and an annual learning budget. We are an equal opportunity employer and value diversity at our company. To apply, send your resume with the job title in the subject line.</p>")

def en_match(r):
    a, b = r.sample("Arsenal Chelsea Liverpool Everton Fulham Brentford Wolves Villa".split(), 2)
    x, y = r.randint(0, 5), r.randint(0, 5)
    return f"{a} {x}-{y} {b}: match report", f"<p>{a} and {b} met in the Premier League on Saturday, and the match ended {x}-{y} in front of a crowd of {r.randint(20000, 60000)}. {a} had {r.randint(30, 70)} percent of possession and {r.randint(3, 20)} shots, {b} had {r.randint(3, 20)}. The visitors made {r.randint(2, 5)} changes from the side that started last week. Both managers will be pleased with the effort of their players, and attention now turns to the next round of fixtures.</p>"

def en_deal(r):
    product, price = r.choice(["Sony headphones", "Anker power bank", "Kindle Paperwhite", "LG OLED TV", "Instant Pot"]), r.randint(19, 1499)
    return f"Deal: {product} for ${price}", f"<p>Amazon has the {product} on sale for ${price} right now, down from its regular price of ${price + r.randint(10, 400)}. That is the best price we have seen in {r.randint(2, 11)} months. It has a rating of {r.uniform(4, 5):.1f} stars from {r.randint(200, 90000)} reviews. Deals like this do not last long, so check the price before you buy. We may earn a commission if you buy through our links, at no cost to you.</p>"

def en_obituary(r):
    name = f"{r.choice(['Mary', 'John', 'Ruth', 'Harold', 'Grace'])} {r.choice(['Miller', 'Carter', 'Jensen', 'Novak', 'Ortiz'])}"
    return f"{name}, {r.randint(71, 99)}, of {r.choice(EN_CITIES)}", f"<p>{name} passed away peacefully at home on {r.choice(['Monday', 'Thursday', 'Saturday'])}, surrounded by family. A service will be held at {r.randint(9, 12)} a.m. at {r.choice(['Trinity Lutheran Church', 'Saint Luke Church', 'the Memorial Chapel'])}. In lieu of flowers, the family asks that donations be made to a charity of your choice. The family would like to thank the staff of the hospice for their kindness and care. Memories and condolences may be shared in the online guest book.</p>"

BULLETINS = {"zh": [zh_weather, zh_oil, zh_stock, zh_funding, zh_job, zh_quake, zh_release, zh_deal, zh_match], "en": [en_weather, en_stock, en_release, en_quake, en_job, en_match, en_deal, en_obituary]}
