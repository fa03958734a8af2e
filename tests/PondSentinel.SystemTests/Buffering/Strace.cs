namespace PondSentinel.SystemTests.Buffering;

/// <summary>Runs a program under strace, which changes what the kernel answers.</summary>
internal static class Strace
{
    /// <summary>The words to put before a command.</summary>
    /// <param name="injection">What to change, in strace's words: <c>fsync:error=EIO:when=2</c>.</param>
    /// <param name="paths">Only calls on these files or folders; none for all calls.</param>
    /// <remarks>The program keeps its own process, so signals reach it; strace runs beside it.</remarks>
    public static IReadOnlyList<string> Injecting(string injection, params IEnumerable<string> paths) =>
    [
        "strace", "-D", "-f", "--seccomp-bpf", "-qqq", "-o", "/dev/null",
        .. paths.SelectMany(path => new[] { "-P", path }),
        "-e", $"trace={injection.Split(':')[0]}", "-e", $"inject={injection}",
    ];

    /// <summary>The words to put before a command to have it killed at one of its calls.</summary>
    /// <param name="call">The call, in strace's words.</param>
    /// <param name="which">At which of them, from 1 on.</param>
    public static IReadOnlyList<string> Killing(string call, int which) =>
    [
        // Of calls that a filter has let through to it strace sends no signal.
        "strace", "-D", "-f", "-qqq", "-o", "/dev/null",
        "-e", $"trace={call}", "-e", FormattableString.Invariant($"inject={call}:signal=SIGKILL:when={which}"),
    ];
}
