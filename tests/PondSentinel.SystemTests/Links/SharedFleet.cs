using PondSentinel.SystemTests.Processes;

namespace PondSentinel.SystemTests.Links;

/// <summary>A fleet for all tests of a class: each finds it whole, breaks something and waits until it is whole again.</summary>
public abstract class SharedFleet : IAsyncLifetime
{
    /// <summary>The fleet.</summary>
    internal Fleet Fleet { get; private set; } = null!;

    /// <summary>Its folder.</summary>
    internal string Folder { get; } = TestFolder.CreateShared();

    /// <summary>What it is like.</summary>
    private protected virtual FleetPlan Plan => new();

    public async ValueTask InitializeAsync()
    {
        await BeforeAsync();
        Fleet = await Fleet.StartAsync(Folder, Plan);
    }

    public async ValueTask DisposeAsync()
    {
        if (Fleet is not null)
        {
            await Fleet.DisposeAsync();
        }

        await AfterAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>To be called after each test: where it has failed its logs are shown, and what it broke is made good for the
    /// next.</summary>
    internal async ValueTask AfterTestAsync()
    {
        TestFolder.ShowLogsOnFailure(Folder);
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            await HealAsync();
            await Fleet.Links.HealAllAsync();
        }
    }

    /// <summary>Makes good what is no link.</summary>
    private protected virtual Task HealAsync() => Task.CompletedTask;

    /// <summary>What has to be there before.</summary>
    private protected virtual Task BeforeAsync() => Task.CompletedTask;

    /// <summary>What has to go afterwards.</summary>
    private protected virtual ValueTask AfterAsync() => ValueTask.CompletedTask;
}
