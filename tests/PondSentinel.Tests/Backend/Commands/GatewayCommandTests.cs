using System.CommandLine;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Commands;
using PondSentinel.Backend.Gateways;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Tests.Backend.Commands;

/// <summary><c>pond-backend gateway</c>, as a person calls it beside a running backend.</summary>
public sealed class GatewayCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pond-gateway-").FullName;
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 7, 1, 6, 0, 0, TimeSpan.Zero));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Gateway_is_listed_retired_and_missed_again()
    {
        Hear(new GatewayName("pond", "gz-07"));
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((0, "pond gz-07: heard 2026-07-01T06:00:00Z, 0 records stored\n", ""), Run("list"));

        var (code, said, _) = Run("retire", "gz-07", "--by", "Li", "--note", "the pond is closed");
        Assert.Equal((0, "gz-07 is retired. Take its certificate back too (pki.sh revoke gz-07), or its password at the broker.\n"), (code, said));
        Assert.Equal(
            "pond gz-07: heard 2026-07-01T06:00:00Z, 0 records stored, retired 2026-07-01T07:00:00Z by Li: the pond is closed\n", Run("list").Output);
        Assert.Contains("\"retired\":\"2026-07-01T07:00:00Z\",\"by\":\"Li\"", Run("list", "--json").Output, StringComparison.Ordinal);

        Assert.Equal((0, "gz-07 is expected again\n", ""), Run("reinstate", "gz-07"));
        Assert.Equal((1, "", "gz-07 is not retired\n"), Run("reinstate", "gz-07"));
        using var connection = new StateDatabase(Path.Combine(folder, "state.db"), time).Connect();
        using var transaction = connection.BeginTransaction();
        Assert.Equal(
            [(AuditAct.GatewayReinstated, "pond gz-07", Actor.OfCommand()), (AuditAct.GatewayRetired, "pond gz-07, by Li", Actor.OfCommand())],
            new AuditLog(transaction).Newest(10).Select(entry => (entry.Act, entry.Note, entry.By)));
    }

    [Fact]
    public void Gateway_that_is_heard_again_is_back_by_itself()
    {
        var gateway = new GatewayName("pond", "gz-07");
        Hear(gateway);
        time.Advance(TimeSpan.FromHours(1));
        Run("retire", "gz-07", "--by", "Li");
        var retired = new RetiredGateways(new StateDatabase(Path.Combine(folder, "state.db"), time).Connect, time);
        Assert.Equal([gateway], retired.Now);

        time.Advance(TimeSpan.FromHours(1));
        Hear(gateway);
        Assert.Empty(retired.Now);
        Assert.DoesNotContain("retired", Run("list").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_meant_is_refused()
    {
        Hear(new GatewayName("pond", "gz-07"));
        Assert.Equal(
            (1, "", "gz-07 was heard at 2026-07-01T06:00:00Z: switch it off first, and say so when it has been quiet for 5 min\n"),
            Run("retire", "gz-07", "--by", "Li"));
        Assert.Equal((1, "", "no gateway gz-08 was ever heard; pond-backend gateway list tells which there are\n"), Run("retire", "gz-08", "--by", "Li"));
        Assert.Equal(2, Run("retire", "gz-07", "--by", "").Code);

        Hear(new GatewayName("stream", "gz-07"));
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((1, "", "several sites have a gateway gz-07: name one with --site (pond, stream)\n"), Run("retire", "gz-07", "--by", "Li"));
        Assert.Equal(0, Run("retire", "gz-07", "--by", "Li", "--site", "stream").Code);
    }

    private void Hear(GatewayName gateway)
    {
        using var connection = new StateDatabase(Path.Combine(folder, "state.db"), time).Connect();
        using var transaction = connection.BeginTransaction();
        new IngestTables(transaction).Create();
        new AlertTables(transaction).Create();
        new HeardTable(transaction).Note(gateway, new Hearing(time.GetUtcNow(), time.GetUtcNow()));
        transaction.Commit();
    }

    private (int Code, string Output, string Error) Run(params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = GatewayCommand.Create(new Option<string?>("--config"), time).Parse([.. arguments, "--folder", folder])
            .Invoke(new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }
}
