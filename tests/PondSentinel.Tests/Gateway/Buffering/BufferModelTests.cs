namespace PondSentinel.Tests.Gateway.Buffering;

/// <summary>The promise of the log, whatever happens: what was durable is handed out until it is settled, or is gone with a
/// cause; no number is used twice; every opening succeeds; the sums close.</summary>
public sealed class BufferModelTests
{
    private const int Histories = 150;
    private const int Steps = 250;

    [Fact]
    public void Nothing_durable_vanishes_in_any_history()
    {
        var deep = Environment.GetEnvironmentVariable("POND_TEST_DEEP") == "1" ? 10 : 1;
        var crashes = 0;
        var durable = 0;
        for (var seed = 0; seed < Histories * deep; seed++)
        {
            var history = new BufferHistory(seed);
            try
            {
                history.Run(Steps);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                throw new InvalidOperationException($"history of seed {seed}: {e.Message}", e);
            }

            crashes += history.Crashes;
            durable += history.DurableCount;
        }

        TestContext.Current.SendDiagnosticMessage("{0} histories, {1} crashes, {2} durable records", Histories * deep, crashes, durable);
        Assert.InRange(crashes, Histories * 5, int.MaxValue);
        Assert.InRange(durable, Histories * 50, int.MaxValue);
    }

    [Fact]
    public void Card_that_ignores_syncs_is_found_out()
    {
        var found = Enumerable.Range(0, 20).Count(seed =>
            Record.Exception(() => new BufferHistory(seed, ignoresSync: true).Run(Steps)) is Xunit.Sdk.XunitException);

        Assert.InRange(found, 15, 20);
    }
}
