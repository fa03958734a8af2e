namespace PondSentinel.SystemTests.Processes;

/// <summary>The folder of the running test. Its logs stay; on failure the ends of them are shown beside the failure.
/// </summary>
internal static class TestFolder
{
    private const int LinesShown = 25;

    /// <summary>Makes the folder of the running test, empty.</summary>
    public static string Create()
    {
        var test = TestContext.Current.TestMethod!;
        var name = string.Join('.', test.TestClass.TestClassSimpleName, test.MethodName);
        return Built.ResultFolder(name);
    }

    /// <summary>Makes the folder of the running class, for what its tests share, empty.</summary>
    public static string CreateShared() => Built.ResultFolder(TestContext.Current.TestClass!.TestClassSimpleName);

    /// <summary>Deletes what is of use to nobody unless the test has failed.</summary>
    /// <param name="files">The files.</param>
    public static void DeleteOnSuccess(params IEnumerable<string> files)
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            return;
        }

        foreach (var file in files)
        {
            File.Delete(file);
        }
    }

    /// <summary>Shows the ends of all logs where the test has failed. To be called when everything has ended.</summary>
    /// <param name="folder">The folder.</param>
    public static void ShowLogsOnFailure(string folder)
    {
        var context = TestContext.Current;
        if (context.TestState?.Result != TestResult.Failed || context.TestOutputHelper is not { } output)
        {
            return;
        }

        // A browser's profile holds files of that name which are no text.
        foreach (var log in Directory.EnumerateFiles(folder, "*.log", SearchOption.AllDirectories)
            .Where(log => !log.Contains("/profile/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal))
        {
            output.WriteLine($"--- {log}");
            foreach (var line in File.ReadLines(log).TakeLast(LinesShown))
            {
                output.WriteLine(line);
            }
        }
    }
}
