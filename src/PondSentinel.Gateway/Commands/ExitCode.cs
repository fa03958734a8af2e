namespace PondSentinel.Gateway.Commands;

/// <summary>What the exit codes of <c>pond-gateway</c> mean.</summary>
internal static class ExitCode
{
    /// <summary>Good.</summary>
    public const int Good = 0;

    /// <summary>Something was found wrong, or was not done.</summary>
    public const int Wrong = 1;

    /// <summary>What was asked makes no sense: arguments, or a configuration, that cannot be used.</summary>
    public const int Misuse = 2;
}
