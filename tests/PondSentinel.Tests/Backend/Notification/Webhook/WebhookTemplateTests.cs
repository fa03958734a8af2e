using System.Text;
using System.Text.Json;
using CsCheck;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Webhook;
using PondSentinel.Backend.Notification.Wording;
using PondSentinel.Tests.Backend.Notification.Wording;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Backend.Notification.Webhook;

public sealed class WebhookTemplateTests
{
    private static readonly Voice China = new([Language.Chinese, Language.English], TimeSpan.FromHours(8));
    private static readonly Voice WithPage = China with { Page = PageAddress.Read("https://pond.example.org") };

    [Fact]
    public void Wecom_gets_markdown_within_its_limit()
    {
        var body = Render("wecom", SampleMessages.All["alert"]);

        Assert.Equal("markdown", body.GetProperty("msgtype").GetString());
        var content = body.GetProperty("markdown").GetProperty("content").GetString()!;
        Assert.StartsWith("**【重要】gannan/outlet", content, StringComparison.Ordinal);
        Assert.Contains("\n> 处置措施：关闭 V3 阀，采集瞬时水样\n", content, StringComparison.Ordinal);
        Assert.Contains("\n> What to do: Close valve V3 and take a grab sample", content, StringComparison.Ordinal);

        var many = SampleMessages.All["alert"];
        many = many with { Notices = [.. Enumerable.Repeat(many.Notices[0], 100)] };
        var cut = Render("wecom", many).GetProperty("markdown").GetProperty("content").GetString()!;
        Assert.InRange(Encoding.UTF8.GetByteCount(cut), 3_500, 4_096);
        Assert.EndsWith("\n…", cut, StringComparison.Ordinal);
    }

    // Whoever reads a message of the robot knows of each alarm that counts as told.
    [Theory]
    [InlineData("wecom", null)]
    [InlineData("ntfy", "pond")]
    public void Each_notice_of_a_group_is_named_in_each_language_or_they_go_in_smaller_messages(string template, string? topic)
    {
        foreach (var count in (int[])[1, 2, 8, 12])
        {
            var message = Group(count, textLength: 495);
            var form = new TemplateForm(WebhookTemplate.All[template], China, topic);
            Assert.True(form.Holds(message), $"{count}");
            var body = JsonElement.Parse(form.BodiesOf(message).Single().Json);
            var text = (template == "wecom" ? body.GetProperty("markdown").GetProperty("content") : body.GetProperty("message")).GetString()!;
            foreach (var part in MessageText.Of(message, China).SelectMany(language => language.Parts))
            {
                Assert.True(text.Contains(part.Text.Title, StringComparison.Ordinal) || text.Contains(part.Text.Sentence, StringComparison.Ordinal), $"{part.Text.Title} is not in {text}");
            }
        }

        Assert.False(new TemplateForm(WebhookTemplate.All[template], China, topic).Holds(Group(100, textLength: 10)));
    }

    [Theory]
    [InlineData("wecom", null)]
    [InlineData("ntfy", "pond")]
    public void Each_that_cannot_be_read_is_named_in_each_language(string template, string? topic)
    {
        const int count = 20;
        var message = SampleMessages.Of(MessageKind.Alert, []) with
        {
            Unreadable = [.. Enumerable.Range(50, count).Select(i => new UnreadableNotice($"leachate-ammonium-{i}", NoticeKind.Firing, Severity.High, "gannan", "stream-below", "nh4-probe", "nh4n"))],
        };
        var body = Render(template, message, topic);
        var text = (template == "wecom" ? body.GetProperty("markdown").GetProperty("content") : body.GetProperty("message")).GetString()!;

        // The first stands in the heading too, which the robot's message has within its text.
        var headings = template == "wecom" ? 2 : 0;
        Assert.Equal(
            [2 + headings, .. Enumerable.Repeat(2, count - 1)],
            message.Unreadable.Select(notice => text.Split('\n').Count(line => line.Contains(notice.Rule, StringComparison.Ordinal))));
    }

    // A robot's message may be cut anywhere between its lines, and what people copy out of it works or is not there.
    [Fact]
    public void Ids_are_whole_or_not_there_however_short_the_room_is() => Gen.Select(Gen.Int[1, 30], Gen.Int[0, 400], Gen.Int[16, 6_000], Gen.Bool).Sample(
        (count, textLength, bytesMax, hasPage) =>
        {
            var message = Group(count, textLength);
            var texts = MessageText.Of(message, hasPage ? WithPage : China);
            var fields = new TemplateFields(message, texts, null);
            foreach (var name in (string[])["text", "markdown"])
            {
                var value = fields[name];
                var text = value.Text(bytesMax);
                Assert.InRange(Encoding.UTF8.GetByteCount(text), 0, bytesMax);
                var told = text.Split('\n').Where(line => line.Contains("e-", StringComparison.Ordinal)).Select(line => line[(line.IndexOf("e-", StringComparison.Ordinal))..].TrimEnd(')'));
                Assert.Subset(message.Notices.Select(notice => notice.Episode).ToHashSet(StringComparer.Ordinal), told.ToHashSet(StringComparer.Ordinal));
                if (value.Holds(bytesMax))
                {
                    Assert.Equal(count, told.Distinct(StringComparer.Ordinal).Count());
                }
            }
        });

    private static AlertMessage Group(int count, int textLength) => SampleMessages.Of(
        MessageKind.Alert,
        [
            .. Enumerable.Range(0, count).Select(i => SampleMessages.All["alert"].Notices[0] with
            {
                Id = $"n{i}", Episode = $"e-{1_000 + i}.1782886200000", Station = $"st{i}", Text = new string('x', textLength), TextZh = new string('报', textLength),
            }),
        ]);

    [Theory]
    [InlineData("alert", 4, "warning")]
    [InlineData("group", 5, "rotating_light")]
    [InlineData("acknowledged", 2, "white_check_mark")]
    [InlineData("test", 3, "wrench")]
    public void Ntfy_gets_its_priority_from_what_still_holds(string message, int priority, string tag)
    {
        var body = Render("ntfy", SampleMessages.All[message], "pond");

        Assert.Equal(("pond", priority, tag), (body.GetProperty("topic").GetString(), body.GetProperty("priority").GetInt32(), body.GetProperty("tags")[0].GetString()));
        Assert.NotEmpty(body.GetProperty("title").GetString()!);
    }

    [Fact]
    public void Template_has_every_placeholder_and_keeps_what_is_none()
    {
        var all = string.Join(',', TemplateFields.Names.Select(name => $"\"{name}\": \"{{{name}}}\""));
        var body = Render(Read("""{"body": { "sign": "{{topic}}", "n": 1.5, "t": [true, null], ALL } }""".Replace("ALL", all, StringComparison.Ordinal)).Template!, SampleMessages.All["alert"], "x");

        Assert.Equal("{topic}", body.GetProperty("sign").GetString());
        Assert.Equal(1.5, body.GetProperty("n").GetDouble());
        Assert.Equal((16.2, 15), (body.GetProperty("value").GetDouble(), body.GetProperty("limit").GetDouble()));
        Assert.Equal(("alert", "high", "firing", "gannan"), (Text("kind"), Text("severity"), Text("phase"), Text("site")));
        Assert.Equal(JsonValueKind.Null, Render(Read("""{"body": {"v": "{value}"}}""").Template!, SampleMessages.All["test"], "x").GetProperty("v").ValueKind);

        string? Text(string name) => body.GetProperty(name).GetString();
    }

    [Theory]
    [InlineData("alert", "https://pond.example.org/?alarm=effluent-nh4.outlet-nh4-nh4n-babfabde.1782886200000 Outlet of pond 3 24.816203 114.98")]
    [InlineData("group", "https://pond.example.org/?alarm=acid.ph-1-ph-a5083e6d.1782886200000   ")]
    [InlineData("test", "https://pond.example.org/   ")]
    public void Template_can_say_where_it_is_and_where_it_is_on_the_page(string message, string expected)
    {
        var form = new TemplateForm(Read("""{"body": {"t": "{page} {label} {lat} {lon}"}}""").Template!, WithPage, null);

        Assert.Equal(expected, JsonElement.Parse(form.BodiesOf(SampleMessages.All[message]).Single().Json).GetProperty("t").GetString());
    }

    [Fact]
    public void Robot_links_to_the_page_and_ntfy_opens_it()
    {
        var wecom = JsonElement.Parse(new TemplateForm(WebhookTemplate.All["wecom"], WithPage, null).BodiesOf(SampleMessages.All["alert"]).Single().Json);
        var ntfy = JsonElement.Parse(new TemplateForm(WebhookTemplate.All["ntfy"], WithPage, "pond").BodiesOf(SampleMessages.All["alert"]).Single().Json);
        const string link = "https://pond.example.org/?alarm=effluent-nh4.outlet-nh4-nh4n-babfabde.1782886200000";

        Assert.Contains($"\n> [查看网页]({link})\n", wecom.GetProperty("markdown").GetProperty("content").GetString(), StringComparison.Ordinal);
        Assert.Contains("\n> 位置：Outlet of pond 3，geo:24.8162,114.98\n", wecom.GetProperty("markdown").GetProperty("content").GetString(), StringComparison.Ordinal);
        Assert.Equal(link, ntfy.GetProperty("click").GetString());
        Assert.Contains($"\nOn the page: {link}\n", ntfy.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("", Render("ntfy", SampleMessages.All["alert"], "pond").GetProperty("click").GetString());
    }

    [Theory]
    [InlineData("alert", "16.2 2026-07-01T18:20:00.000Z 16.2 2026-07-01T18:20:00.000Z  16.9 ")]
    [InlineData("reminder-newest", "16.2 2026-07-01T18:20:00.000Z 60 2026-07-01T22:18:00.000Z  62 ")]
    [InlineData("escalation-beyond", "16.2 2026-07-01T18:20:00.000Z 100 2026-07-01T22:18:00.000Z true 100 true")]
    [InlineData("reminder-nothing-newer", "16.2 2026-07-01T18:20:00.000Z 16.2 2026-07-01T18:20:00.000Z  16.9 ")]
    [InlineData("test", "      ")]
    public void Template_can_say_the_number_of_the_notice_and_the_newest(string message, string expected) => Assert.Equal(
        expected,
        Render(Read("""{"body": {"t": "{value} {time} {newest} {newest_time} {newest_bound} {peak} {peak_bound}"}}""").Template!, SampleMessages.All[message], null)
            .GetProperty("t").GetString());

    [Theory]
    [InlineData("{\n \"body\": { \"a\": \"{titel}\" }\n}", 2, "\"{titel}\" is no placeholder")]
    [InlineData("{\"body\":\n\n{\"a\":\"{text:3}\"}}", 3, "no placeholder")]
    [InlineData("{\"body\": {\"a\": \"x } y\"}}", 1, "a lone }")]
    [InlineData("{\"body\": {\"a\": \"x {\"}}", 1, "a lone {")]
    [InlineData("{\n\"body\": {", 2, "the JSON breaks off")]
    [InlineData("[]", 1, "no \"body\"")]
    [InlineData("{\"body\": {}, \"head\": 1}", 1, "\"head\" means nothing")]
    [InlineData("{\"body\": {}, \"answer\": {\"member\": 1}}", 1, "\"answer\" is not of the form")]
    public void Mistake_in_a_template_is_told_with_its_place(string text, int line, string what)
    {
        var (template, problems) = Read(text);

        Assert.Null(template);
        var problem = Assert.Single(problems);
        Assert.Equal(line, problem.Line);
        Assert.Contains(what, problem.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_that_is_no_template_is_refused_whatever_it_is() => Gen.String.Sample(text =>
    {
        var (template, problems) = Read(text);
        Assert.NotEqual(template is null, problems.Count == 0);
    });

    [Fact]
    public void Nothing_from_outside_changes_the_form_of_a_body() => Gen.String.Sample(text =>
    {
        foreach (var name in WebhookTemplate.All.Keys)
        {
            Assert.Equal(Shape(Render(name, SampleMessages.Hostile("x"), text)), Shape(Render(name, SampleMessages.Hostile($"\"}},{{\n{text}"), text)));
        }

        static string Shape(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.Object => $"{{{string.Join(',', element.EnumerateObject().Select(member => $"{member.Name}:{Shape(member.Value)}"))}}}",
            JsonValueKind.Array => $"[{string.Join(',', element.EnumerateArray().Select(Shape))}]",
            var kind => kind.ToString(),
        };
    });

    [Theory]
    [InlineData("{\"errcode\":0,\"errmsg\":\"ok\"}", "Delivered")]
    [InlineData("{\"errcode\":40058}", "Refused")]
    [InlineData("{\"errcode\":45009}", "Waiting")]
    [InlineData("{\"errcode\":\"0\"}", "Waiting")]
    [InlineData("{}", "Waiting")]
    [InlineData("[0]", "Waiting")]
    [InlineData("<html>", "Waiting")]
    [InlineData("", "Waiting")]
    public void Robot_that_answers_200_to_what_it_does_not_take_is_not_believed(string answer, string standing) =>
        Assert.Equal(standing, WebhookTemplate.All["wecom"].Answer!.Judge(Encoding.UTF8.GetBytes(answer)).Standing.ToString());

    private static JsonElement Render(string name, AlertMessage message, string? topic = null) =>
        Render(WebhookTemplate.All[name], message, topic);

    private static JsonElement Render(WebhookTemplate template, AlertMessage message, string? topic) =>
        JsonElement.Parse(template.Render(new TemplateFields(message, MessageText.Of(message, China), topic)));

    private static (WebhookTemplate? Template, List<Problem> Problems) Read(string text)
    {
        List<Problem> problems = [];
        return (WebhookTemplate.Read("robot.json", text, problems), problems);
    }
}
