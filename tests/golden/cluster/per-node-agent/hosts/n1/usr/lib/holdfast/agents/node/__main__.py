print('the agent')
