using PondSentinel.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Toml;

namespace PondSentinel.Tests.Backend.Notification;

public sealed class ChannelPolicyReaderTests
{
    [Fact]
    public void Every_key_arrives()
    {
        var (policies, problems) = Read(ChannelPolicy.ForMachines, """
            [[mail]]
            name = "night"
            sites = ["gannan", "baotou"]
            min_severity = "high"
            group = "1m"
            repeat = "2h"
            escalate_after = "15m"
            digest = "07:30"
            utc_offset_h = 8
            rate = 20
            flapping = "hold"
            """);

        Assert.Empty(problems);
        var policy = Assert.Single(policies);
        Assert.Equal(["gannan", "baotou"], policy.Sites);
        Assert.Equal(("night", Severity.High, 20, true), (policy.Name, policy.SeverityMin, policy.MessagesPerHourMax, policy.HoldsFlapping));
        Assert.Equal(
            (TimeSpan.FromMinutes(1), TimeSpan.FromHours(2), TimeSpan.FromMinutes(15)),
            (policy.GroupFor, policy.RepeatEvery, policy.EscalateAfter));
        Assert.Equal(new DigestTime(new TimeOnly(7, 30), TimeSpan.FromHours(8)), policy.DigestAt);
    }

    [Fact]
    public void What_is_usual_holds_where_nothing_is_said_and_can_be_switched_off()
    {
        var (policies, problems) = Read(ChannelPolicy.ForPeople, """
            [[mail]]
            [[mail]]
            repeat = "off"
            digest = "off"
            [[mail]]
            utc_offset_h = -3.5
            """);

        Assert.Empty(problems);
        Assert.Equal(["mail", "mail-2", "mail-3"], policies.Select(policy => policy.Name));
        Assert.Equal(ChannelPolicy.ForPeople with { Name = "mail", Sites = policies[0].Sites }, policies[0]);
        Assert.Equal((null, null), (policies[1].RepeatEvery, policies[1].DigestAt));
        Assert.Equal(new DigestTime(new TimeOnly(8, 0), TimeSpan.FromHours(-3.5)), policies[2].DigestAt);
    }

    [Theory]
    [InlineData("name = \"Night\"", "is no name")]
    [InlineData("sites = [\"gan nan\"]", "is no name")]
    [InlineData("min_severity = \"loud\"", "is not a word known here")]
    [InlineData("group = \"2h\"", "must be from 0s to 1h")]
    [InlineData("repeat = \"1m\"", "must be from 5m to 7d")]
    [InlineData("repeat = \"never\"", "must be a duration")]
    [InlineData("escalate_after = \"1s\"", "must be from 1m to 7d")]
    [InlineData("digest = \"8 o'clock\"", "is no time of day")]
    [InlineData("digest = 8", "must be a text")]
    [InlineData("utc_offset_h = 15", "must be a number from -14 to 14")]
    [InlineData("rate = 0", "must be a whole number from 1 to 3600")]
    [InlineData("flapping = \"no\"", "is not a word known here")]
    public void Every_mistake_is_told_with_its_line(string line, string what)
    {
        var (_, problems) = Read(ChannelPolicy.ForPeople, $"[[mail]]\n\n{line}\n");
        var problem = Assert.Single(problems);
        Assert.Equal(3, problem.Line);
        Assert.Contains(what, problem.What, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_channels_of_one_name_are_a_mistake()
    {
        var (_, problems) = Read(ChannelPolicy.ForPeople, "[[mail]]\nname = \"a\"\n[[mail]]\nname = \"a\"\n");
        Assert.Equal(4, Assert.Single(problems).Line);
    }

    private static (List<ChannelPolicy> Policies, List<Problem> Problems) Read(ChannelPolicy usual, string text)
    {
        List<Problem> problems = [];
        var reader = new ChannelPolicyReader();
        List<ChannelPolicy> policies = [];
        foreach (var section in TomlSection.Parse("b.toml", text, problems).Tables("mail"))
        {
            policies.Add(reader.Read(section, "mail", usual));
            section.RefuseUnknownKeys();
        }

        return (policies, problems);
    }
}
