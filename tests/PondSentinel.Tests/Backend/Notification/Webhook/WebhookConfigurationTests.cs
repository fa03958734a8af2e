using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Webhook;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Backend.Notification.Webhook;

public sealed class WebhookConfigurationTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pond-webhook-").FullName;

    [Fact]
    public void Templates_topics_and_secrets_are_read()
    {
        File.WriteAllText(Path.Combine(folder, "secret"), "s€cret\n");
        File.WriteAllText(Path.Combine(folder, "robot.json"), """{"body": {"text": "{text}"}}""");
        var webhooks = Read($$"""
            [[webhook]]
            url = "https://a.test/hook"
            secret_file = "{{folder}}/secret"
            [[webhook]]
            url = "https://qyapi.test/send?key=1"
            template = "wecom"
            language = "zh"
            utc_offset_h = 8
            [[webhook]]
            url = "https://ntfy.test/"
            template = "ntfy"
            topic = "pond"
            [[webhook]]
            url = "https://ntfy.test/"
            template = "ntfy"
            topic = "village"
            [[webhook]]
            url = "https://b.test/"
            template_file = "{{folder}}/robot.json"
            """, out var problems);

        Assert.Empty(problems);
        Assert.Equal("s€cret", webhooks[0].Secret);
        Assert.IsType<NoticeForm>(webhooks[0].Form);
        Assert.All(webhooks.Skip(1), webhook => Assert.IsType<TemplateForm>(webhook.Form));
        Assert.Equal(
            [ChannelPolicy.ForMachines.GroupFor, .. Enumerable.Repeat(ChannelPolicy.ForPeople.GroupFor, 4)],
            webhooks.Select(webhook => webhook.Policy.GroupFor));
        Assert.Equal(TimeSpan.FromHours(8), webhooks[1].Policy.UtcOffset);
        Assert.Equal(["pond", "village"], webhooks.Select(webhook => webhook.Topic).OfType<string>());
    }

    [Theory]
    [InlineData("template = \"dingtalk\"", "is no template")]
    [InlineData("template = 3", "must be a text")]
    [InlineData("template = \"ntfy\"", "needs a topic")]
    [InlineData("template = \"ntfy\"\ntopic = \"pond alarms\"", "ntfy refuses the topic")]
    [InlineData("template = \"ntfy\"\ntopic = \"teich-ä\"", "ntfy refuses the topic")]
    [InlineData("template = \"wecom\"\ntopic = \"x\"", "has no {topic}")]
    [InlineData("topic = \"x\"", "has no {topic}")]
    [InlineData("language = \"zh\"", "language means nothing")]
    [InlineData("template = \"wecom\"\nlanguage = \"de\"", "is not a word known here")]
    [InlineData("template_file = \"robot.json\"", "from / on")]
    [InlineData("template_file = \"/nowhere/robot.json\"", "cannot be read")]
    [InlineData("template = \"wecom\"\ntemplate_file = \"/r.json\"", "two forms")]
    [InlineData("secret = \"a\"\nsecret_file = \"/b\"", "two secrets")]
    [InlineData("secret_file = \"/nowhere/secret\"", "cannot be read")]
    [InlineData("secret = \"\"", "one line of 1 to")]
    public void Mistake_is_told_once_with_its_place(string text, string told)
    {
        Read($"[[webhook]]\nurl = \"https://a.test/\"\n{text}\n", out var problems);

        Assert.Contains(told, Assert.Single(problems).What, StringComparison.Ordinal);
    }

    // WeCom answers 200 and errcode 40008 to what it cannot read.
    [Theory]
    [InlineData("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k", "", "write template = \"wecom\"")]
    [InlineData("https://QYAPI.weixin.qq.com/cgi-bin/webhook/send?key=k", "template = \"json\"", "write template = \"wecom\"")]
    [InlineData("https://ntfy.sh/", "", "write template = \"ntfy\"")]
    [InlineData("https://oapi.dingtalk.com/robot/send?access_token=k", "", "write template_file")]
    [InlineData("https://open.feishu.cn/open-apis/bot/v2/hook/k", "", "write template_file")]
    public void Robot_that_understands_no_notice_for_machines_is_no_webhook_without_a_template(string url, string template, string mend)
    {
        Assert.Empty(Read($"[[webhook]]\nurl = \"{url}\"\n{template}\n", out var problems));
        Assert.Contains(mend, Assert.Single(problems).Mend, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://oapi.dingtalk.com/robot/send?access_token=k", "", 1)]
    [InlineData("https://open.feishu.cn/open-apis/bot/v2/hook/k", "", 1)]
    [InlineData("https://oapi.dingtalk.com/robot/send?access_token=k", ", \"answer\": { \"member\": \"errcode\", \"good\": 0 }", 0)]
    [InlineData("https://ntfy.sh/", "", 0)]
    [InlineData("https://a.test/", "", 0)]
    public void Template_for_a_robot_that_answers_200_to_what_it_refuses_has_an_answer(string url, string answer, int mistakes)
    {
        var file = Path.Combine(folder, "robot.json");
        File.WriteAllText(file, $$"""{ "body": { "text": "{text:4000}" }{{answer}} }""");
        Assert.Equal(1 - mistakes, Read($"[[webhook]]\nurl = \"{url}\"\ntemplate_file = \"{file}\"\n", out var problems).Count);
        Assert.Equal(mistakes, problems.Count(problem => problem.What.EndsWith("the template has no answer: all would count as taken", StringComparison.Ordinal)));
        Assert.Equal(mistakes, problems.Count);
    }

    [Fact]
    public void Topic_of_ntfy_is_no_part_of_its_url()
    {
        Read("[[webhook]]\nurl = \"https://ntfy.sh/pond\"\ntemplate = \"ntfy\"\ntopic = \"pond\"\n", out var problems);

        Assert.Contains("url = \"https://ntfy.sh/\"", Assert.Single(problems).Mend, StringComparison.Ordinal);
    }

    // A proxy takes the path off.
    [Fact]
    public void Root_of_ntfy_may_be_behind_a_path_of_a_proxy()
    {
        var webhook = Assert.Single(Read("[[webhook]]\nurl = \"https://a.test/ntfy/\"\ntemplate = \"ntfy\"\ntopic = \"pond\"\n", out var problems));

        Assert.Empty(problems);
        Assert.Equal("https://a.test/ntfy/", webhook.Url.ToString());
    }

    [Fact]
    public void Mistake_in_a_template_file_is_told_with_both_places()
    {
        var file = Path.Combine(folder, "robot.json");
        File.WriteAllText(file, "{\"body\": {\n  \"text\": \"{txt}\" } }");
        Read($"[[webhook]]\nurl = \"https://a.test/\"\ntemplate_file = \"{file}\"\n", out var problems);

        var problem = Assert.Single(problems);
        Assert.Equal(("b.toml", 3), (problem.File, problem.Line));
        Assert.StartsWith($"{file}:2:11: \"{{txt}}\" is no placeholder", problem.What, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static IReadOnlyList<WebhookOptions> Read(string text, out List<Problem> problems)
    {
        problems = [];
        return WebhookConfiguration.Read(TomlSection.Parse("b.toml", text, problems), new ChannelPolicyReader());
    }
}
