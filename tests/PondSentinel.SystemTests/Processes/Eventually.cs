namespace PondSentinel.SystemTests.Processes;

/// <summary>Waiting for something that another process does: asked again until it is so, or until the time is over.
/// </summary>
internal static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">Asked again and again.</param>
    /// <param name="within">Longest wait; generous, because the machine may be busy.</param>
    /// <param name="missing">What is still missing, for the message of the failure.</param>
    public static async Task HoldsAsync(Func<Task<bool>> condition, TimeSpan within, Func<string> missing)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var begun = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(begun) > within)
            {
                Assert.Fail($"After {within.TotalSeconds:0} s: {missing()}");
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">Asked again and again.</param>
    /// <param name="within">Longest wait.</param>
    /// <param name="missing">What is still missing.</param>
    public static Task HoldsAsync(Func<bool> condition, TimeSpan within, Func<string> missing) =>
        HoldsAsync(() => Task.FromResult(condition()), within, missing);
}
