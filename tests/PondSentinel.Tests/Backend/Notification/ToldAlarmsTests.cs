using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;

namespace PondSentinel.Tests.Backend.Notification;

public sealed class ToldAlarmsTests
{
    private readonly ScriptedChannel machine = new("alertmanager", ChannelPolicy.ForMachines with { SeverityMin = Severity.Medium });

    [Fact]
    public void What_was_told_and_still_fires_is_said_again_over_restarts_too()
    {
        using var bench = new DeskBench(machine);
        bench.Tell("a", NoticeKind.Firing);
        bench.Tell("b", NoticeKind.Firing);
        bench.Tell("c", NoticeKind.Firing, Severity.Info);
        bench.Run();
        bench.Tell("b", NoticeKind.Cleared);
        bench.Restart();

        Assert.Equal(["a"], Firing(bench));
    }

    [Fact]
    public void What_the_channel_has_not_taken_yet_is_not_said_again()
    {
        using var bench = new DeskBench(machine);
        machine.Answer = _ => DeliveryResult.NotNow("dead");
        bench.Tell("a", NoticeKind.Firing);
        bench.Run();

        Assert.Empty(Firing(bench));
    }

    [Fact]
    public void What_the_channel_may_have_taken_is_not_said_again_while_it_is_silenced()
    {
        using var bench = new DeskBench(machine);
        machine.Answer = _ => DeliveryResult.Unknown("no answer");
        bench.Tell("a", NoticeKind.Firing);
        bench.Run();
        var now = bench.Time.GetUtcNow();
        Assert.Null(bench.Desk.Silence(new Silence { Site = "pond", From = now, Until = now.AddHours(2), By = "li", Why = "" }).Refusal);
        bench.Advance(TimeSpan.FromMinutes(5));
        Assert.Empty(Firing(bench));
    }

    [Fact]
    public void What_begins_in_a_silence_stays_away_until_that_ends()
    {
        using var bench = new DeskBench(machine);
        var now = bench.Time.GetUtcNow();
        Assert.Null(bench.Desk.Silence(new Silence { Site = "pond", From = now, Until = now.AddHours(2), By = "li", Why = "works on the weir" }).Refusal);
        bench.Tell("a", NoticeKind.Firing);
        bench.Advance(TimeSpan.FromHours(1));
        Assert.Empty(Firing(bench));

        bench.Advance(TimeSpan.FromHours(1.1));
        Assert.Equal(["a"], Firing(bench));
    }

    [Fact]
    public void What_comes_and_goes_is_said_again_while_it_is_there()
    {
        machine.Policy = machine.Policy with { HoldsFlapping = true };
        using var bench = new DeskBench(machine);
        for (var i = 0; i < 5; i++)
        {
            bench.Tell($"a{i}", NoticeKind.Firing, rule: "leak");
            bench.Advance(TimeSpan.FromMinutes(2));
            Assert.Single(Firing(bench));
            bench.Tell($"a{i}", NoticeKind.Cleared, rule: "leak");
            bench.Advance(TimeSpan.FromMinutes(2));
            Assert.Empty(Firing(bench));
        }
    }

    private IReadOnlyList<string> Firing(DeskBench bench)
    {
        using var connection = bench.Connect();
        return [.. ToldAlarms.Firing(connection, machine.Name).Select(notice => notice.Episode)];
    }
}
