using PondSentinel.Gateway.Health;
using PondSentinel.Tests.Gateway.Time;
using PondSentinel.Tests.Wire;
using PondSentinel.Wire;

namespace PondSentinel.Tests.Gateway.Health;

public sealed class HealthWatchTests
{
    private readonly TestClocks clocks = new();
    private HealthMessage health = SomeHealth.Well;

    [Fact]
    public async Task Health_is_told_at_once_and_then_every_interval_where_nothing_happens()
    {
        var watch = Watch();
        await watch.NextAsync(TestContext.Current.CancellationToken);
        var next = watch.NextAsync(TestContext.Current.CancellationToken);
        clocks.Run(TimeSpan.FromSeconds(299), TimeSpan.FromSeconds(1));
        Assert.False(next.IsCompleted);

        clocks.Run(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        await next;
    }

    [Theory]
    [InlineData("fault")]
    [InlineData("clock")]
    [InlineData("undervoltage")]
    [InlineData("loss")]
    public async Task What_matters_is_told_within_ten_seconds_and_once(string what)
    {
        var watch = Watch();
        await watch.NextAsync(TestContext.Current.CancellationToken);
        var next = watch.NextAsync(TestContext.Current.CancellationToken);
        health = what switch
        {
            "fault" => SomeHealth.Well with { BufferFault = "the card is read-only" },
            "clock" => SomeHealth.Well with { Clock = null },
            "undervoltage" => SomeHealth.Well with { Undervoltage = true },
            _ => SomeHealth.Well with { Lost = new Dictionary<LossCause, long> { [LossCause.Full] = 1 } },
        };
        clocks.Run(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1));
        Assert.Same(health, await next.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));

        var after = watch.NextAsync(TestContext.Current.CancellationToken);
        clocks.Run(TimeSpan.FromSeconds(200), TimeSpan.FromSeconds(1));
        Assert.False(after.IsCompleted);
    }

    [Fact]
    public async Task Numbers_that_only_grow_wait_for_the_interval()
    {
        var watch = Watch();
        await watch.NextAsync(TestContext.Current.CancellationToken);
        var next = watch.NextAsync(TestContext.Current.CancellationToken);
        health = SomeHealth.Well with { BytesSent = 1000, Unsettled = 50, ProcessorCelsius = 70 };
        clocks.Run(TimeSpan.FromSeconds(200), TimeSpan.FromSeconds(1));

        Assert.False(next.IsCompleted);
    }

    // Without a synchronisation context all continuations run inside the clock's own step.
    private HealthWatch Watch()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        return new HealthWatch(() => health, () => TimeSpan.FromMinutes(5), clocks);
    }
}
