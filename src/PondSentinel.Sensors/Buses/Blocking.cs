namespace PondSentinel.Sensors.Buses;

/// <summary>Calls of the kernel that block for long, up to a second. They get a thread for themselves: a Pi's pool has two or
/// four, and they are everybody's.</summary>
internal static class Blocking
{
    /// <summary>Calls.</summary>
    /// <typeparam name="T">What it gives.</typeparam>
    /// <param name="call">The call.</param>
    public static Task<T> RunAsync<T>(Func<T> call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
