using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Alerting;
using PondSentinel.Backend;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Planning;
using PondSentinel.Backend.Storage;
using PondSentinel.Tests.Backend.Alerting;
using PondSentinel.Tests.Backend.Notification;

namespace PondSentinel.Tests.Backend.Commands;

/// <summary><c>pond-backend alarms</c>, as a person calls it beside a running backend.</summary>
public sealed class AlarmsCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pond-alarms-").FullName;
    private readonly FakeTimeProvider time = new(AlertBench.Start);
    private readonly ScriptedChannel mail = new("mail", ChannelPolicy.ForPeople with { GroupFor = TimeSpan.Zero });

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Alarm_is_listed_taken_on_and_shown_with_all_that_was_done()
    {
        Begin("a", "b");
        Assert.Equal(["a", "b"], Json("list").Select(line => line.GetProperty("alarm").GetString()));
        var (code, output, _) = Run("ack", "a", "--by", "Li", "--note", "closing the valve");
        Assert.Equal(0, code);
        Assert.Contains("acknowledged 2026-07-01T06:00:00Z by Li: closing the valve", output, StringComparison.Ordinal);

        var shown = Assert.Single(Json("show", "a"));
        Assert.Equal(("Li", "firing"), (shown.GetProperty("acknowledged_by").GetString(), shown.GetProperty("phase").GetString()));
        Assert.Equal("taken", shown.GetProperty("notices")[0].GetProperty("fates").GetProperty("mail").GetString());
        Assert.Equal("acknowledged", shown.GetProperty("history")[0].GetProperty("act").GetString());
    }

    [Fact]
    public void Silence_is_listed_and_ended_and_both_stand_in_the_history()
    {
        Begin("a");
        var silence = Assert.Single(Json("silence", "--site", "pond", "--for", "2h", "--by", "Li", "--why", "cleaning"));
        Assert.Equal("2026-07-01T08:00:00Z", silence.GetProperty("until").GetString());
        var listed = Json("list");
        Assert.Equal("2026-07-01T08:00:00Z", listed[0].GetProperty("silenced_until").GetString());
        Assert.Equal(1, listed[1].GetProperty("silence").GetInt64());
        Assert.Equal(0, Run("unsilence", "1", "--by", "Wu").Code);
        Assert.Single(Json("list"));
        Assert.Equal(
            ["unsilenced", "silenced"], Json("history").Where(line => line.TryGetProperty("act", out _)).Select(line => line.GetProperty("act").GetString()));
        Assert.Contains(Json("history"), line => line.TryGetProperty("kind", out var kind) && kind.GetString() == "alert");
    }

    /// <summary>A name that was mistyped silences nothing, and nobody would know.</summary>
    [Fact]
    public void Silence_of_what_nobody_has_is_warned_of()
    {
        Begin("a");
        using (var connection = new StateDatabase(Path.Combine(folder, BackendHost.StateFile), time).Connect())
        using (var transaction = connection.BeginTransaction())
        {
            new IngestTables(transaction).Create();
            transaction.Execute("INSERT INTO ingest_channel VALUES ('g1', 'nh4', 'nh4n', 'ammonium_n_mg_l', 'outlet', 'pond')");
            transaction.Commit();
        }

        Assert.Equal((0, ""), Silenced("--site", "pond", "--station", "outlet", "--device", "nh4", "--rule", "clock-drift"));
        Assert.Equal((0, ""), Silenced("--rule", "gw-leak"));
        Tell(SomeNotice.Of("off", NoticeKind.Firing) with { Rule = "clock-drift", Site = "b1", Station = "b1", Device = "backend" });
        Assert.Equal((0, ""), Silenced("--site", "b1", "--station", "b1", "--device", "backend"));
        Assert.Equal((0, "warning: silenced all the same, but there is no rule clock-drif; did you mean clock-drift?; pond-backend alarms unsilence 4 takes it back\n"), Silenced("--rule", "clock-drif"));
        Assert.Equal((0, "warning: silenced all the same, but nothing has come of a station outlt yet; did you mean outlet?; pond-backend alarms unsilence 5 takes it back\n"), Silenced("--station", "outlt"));
        Assert.Equal((0, "warning: silenced all the same, but nothing has come of a device nobody yet; pond-backend alarms unsilence 6 takes it back\n"), Silenced("--device", "nobody"));

        // A gateway before it is switched off, what the backend finds of it, and the alarm of a rule that is gone.
        Assert.Equal((0, ""), Silenced("--station", "g1", "--device", "gateway"));
        Assert.Equal((0, ""), Silenced("--rule", "rule-a"));
    }

    // Who cleans at one site does not silence a leak at another.
    [Fact]
    public void Silence_of_a_station_that_several_sites_have_names_them_and_says_what_it_holds_back()
    {
        Begin("a");
        Tell(SomeNotice.Of("b", NoticeKind.Firing) with { Site = "longnan", Station = "outlet", Severity = Severity.Urgent });
        using (var connection = new StateDatabase(Path.Combine(folder, BackendHost.StateFile), time).Connect())
        using (var transaction = connection.BeginTransaction())
        {
            new IngestTables(transaction).Create();
            transaction.Execute("INSERT INTO ingest_channel VALUES ('g1', 'nh4', 'nh4n', 'ammonium_n_mg_l', 'outlet', 'pond'), ('g2', 'ph', 'ph', 'ph', 'outlet', 'longnan')");
            transaction.Commit();
        }

        Assert.Equal(
            (0, "warning: this silences 2 sites: longnan, pond; --site longnan keeps it to one; pond-backend alarms unsilence 1 takes it back\n"),
            Silenced("--station", "outlet"));
        Assert.Equal((0, ""), Silenced("--station", "outlet", "--site", "longnan"));
        Assert.Equal((0, ""), Silenced("--station", "outlet", "--device", "nh4"));
        var (_, output, _) = Run("silence", "--site", "longnan", "--by", "Li", "--why", "cleaning");
        Assert.EndsWith("  it holds back 1 of the alarms that there are now, 1 of them urgent\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_done_is_in_the_audit_by_the_machines_name_of_the_caller_and_what_was_refused_is_not()
    {
        Begin("a");
        Run("ack", "b", "--by", "Li");
        Run("ack", "a", "--by", "Li");
        Run("silence", "--site", "pond", "--for", "2h", "--by", Actor.OfCommand().Name, "--why", "cleaning");
        Run("unsilence", "1", "--by", "Wu");
        Run("unsilence", "1", "--by", "Wu");

        using var connection = Connect();
        using var transaction = connection.BeginTransaction();
        var audit = new AuditLog(transaction).Newest(10);
        Assert.Equal(["unsilenced: 1, by Wu", "silenced: site pond", "acknowledged: a, by Li"], audit.Select(entry => $"{entry.Act.Word}: {entry.Note}"));
        Assert.All(audit, entry => Assert.Equal((Actor.OfCommand(), AlertBench.Start), (entry.By, entry.At)));
    }

    [Fact]
    public void Lines_for_people_fit_the_terminal()
    {
        Begin("nh4-high.stream-nh4-nh4n-3fa9c1d2.1782886200000");
        Run("ack", "nh4-high.stream-nh4-nh4n-3fa9c1d2.1782886200000", "--by", "Li");
        Assert.All(Run("list").Output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
    }

    [Theory]
    [InlineData(1, "there is no alarm", "ack", "nothing", "--by", "Li")]
    [InlineData(1, "there is no alarm", "show", "nothing")]
    [InlineData(1, "there is no silence 7", "unsilence", "7", "--by", "Li")]
    [InlineData(2, "say what is to be silent", "silence", "--why", "x", "--by", "Li")]
    [InlineData(2, "up to 7d", "silence", "--rule", "r", "--for", "8d", "--why", "x", "--by", "Li")]
    [InlineData(2, "up to 7d", "silence", "--rule", "r", "--for", "99999d", "--why", "x", "--by", "Li")]
    [InlineData(2, "longer than nothing", "silence", "--rule", "r", "--for", "0s", "--why", "x", "--by", "Li")]
    [InlineData(2, "has a name", "silence", "--site", "", "--why", "x", "--by", "Li")]
    [InlineData(2, "--for is no time", "silence", "--rule", "r", "--for", "soon", "--why", "x", "--by", "Li")]
    [InlineData(2, "has no channel", "test")]
    public void What_cannot_be_done_is_said_in_one_line(int code, string said, params string[] arguments)
    {
        Begin("a");
        var (came, output, error) = Run(arguments);
        Assert.Equal(code, came);
        Assert.Contains(said, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Empty(output);
    }

    [Fact]
    public void Alarm_that_is_over_cannot_be_taken_on()
    {
        Begin("a");
        Tell(SomeNotice.Of("a", NoticeKind.Cleared, 2));
        Assert.Contains("is over", Run("ack", "a", "--by", "Li").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_without_a_backend_is_told_and_not_made()
    {
        var (code, _, error) = Run("list");
        Assert.Equal(2, code);
        Assert.Contains("no such file", error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder, "*.db"));
    }

    private void Begin(params string[] episodes)
    {
        foreach (var episode in episodes)
        {
            Tell(SomeNotice.Of(episode, NoticeKind.Firing) with { Rule = $"rule-{episode[..1]}" });
        }

        using var connection = Connect();
        TriedMessage? tried = null;
        while (PlannedStep.Take(connection, mail, ref tried, time.GetUtcNow()).Message is { } kept)
        {
            tried = new TriedMessage(kept, mail.Try(kept.Message), DeskBench.TryAgain);
        }
    }

    private (int, string) Silenced(params string[] what)
    {
        var (code, _, error) = Run([.. new[] { "silence" }, .. what, "--for", "1h", "--by", "Li", "--why", "cleaning"]);
        return (code, error);
    }

    private void Tell(AlertNotice notice)
    {
        using var connection = Connect();
        using var transaction = connection.BeginTransaction();
        var outbox = new NotificationOutbox([mail], Connect, time, NullLogger<NotificationOutbox>.Instance);
        AlertSchema.Create(transaction);
        outbox.Create(transaction);
        outbox.Add(transaction, notice);
        transaction.Commit();
    }

    private Microsoft.Data.Sqlite.SqliteConnection Connect() =>
        new StateDatabase(Path.Combine(folder, BackendHost.StateFile), time).Connect();

    private List<JsonElement> Json(params string[] arguments) =>
    [
        .. Run([.. arguments, "--json"]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement),
    ];

    private (int Code, string Output, string Error) Run(params string[] arguments)
    {
        var config = new Option<string?>("--config");
        var (output, error) = (new StringWriter(), new StringWriter());
        var parsed = AlarmsCommand.Create(config, time).Parse([.. arguments, "--folder", folder]);
        Assert.Empty(parsed.Errors);
        var code = parsed.Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
