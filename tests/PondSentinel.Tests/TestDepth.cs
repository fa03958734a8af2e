namespace PondSentinel.Tests;

/// <summary>How long properties are tried: <c>POND_TEST_DEEP=1</c> asks for ten times the usual.</summary>
internal static class TestDepth
{
    /// <summary>Whether this is a run that may take long.</summary>
    public static bool IsDeep { get; } = Environment.GetEnvironmentVariable("POND_TEST_DEEP") == "1";

    /// <summary>The number of cases to try.</summary>
    /// <param name="usual">The number on an ordinary run.</param>
    public static long Cases(long usual) => IsDeep ? usual * 10 : usual;
}
